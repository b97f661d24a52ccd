using System.Buffers;
using DistGrad.Distributed.Contracts;
using DistGrad.Distributed.Plans;

namespace DistGrad.Distributed.Grains;

/// <summary>A training program on its way to a run, piece by piece.</summary>
internal sealed class Upload
{
    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>Takes the next piece; one that came before is passed over.</summary>
    /// <exception cref="TrainingException">Pieces between it and the last one are missing.</exception>
    public void Add(long from, Block piece)
    {
        if (from > bytes.WrittenCount)
            throw new TrainingException(
                $"{bytes.WrittenCount} bytes of the program are there; a piece from {from} on leaves a gap");
        if (from == bytes.WrittenCount)
            bytes.Write(piece.Bytes.Span);
    }

    /// <summary>The whole program, read away from the caller's turn, and how it is to be stored.</summary>
    /// <exception cref="TrainingException">It is another than was announced.</exception>
    /// <exception cref="WireException">It is none.</exception>
    public Task<(TrainingProgram Program, StoredProgram Stored)> Whole(string announced) => Task.Run(() =>
    {
        var program = TrainingProgram.FromWire(bytes.WrittenSpan);
        return $"{program.Hash()}" == announced
            ? (program, new StoredProgram(bytes.WrittenSpan.ToArray(), announced))
            : throw new TrainingException($"The program arrived as {program.Hash()}; {announced} was announced");
    });
}
