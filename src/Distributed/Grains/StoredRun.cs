using DistGrad.Distributed.Contracts;

namespace DistGrad.Distributed.Grains;

/// <summary>The training program of a run, as canonical bytes.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.stored-program")]
internal sealed record StoredProgram([property: Id(0)] byte[] Bytes, [property: Id(1)] string Hash)
{
    public StoredProgram() : this([], "")
    {
    }
}

/// <summary>Where a run stands.</summary>
[GenerateSerializer, Immutable, Alias("distgrad.stored-record")]
internal sealed record StoredRecord([property: Id(0)] RunRecord Record)
{
    public StoredRecord() : this(RunRecord.None)
    {
    }
}
