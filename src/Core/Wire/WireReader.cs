using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace DistGrad.Wire;

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote, and nothing else. The bytes may come from anyone: whatever is counted is
/// held against the bytes that are left before it is allocated, and whatever is wrong is a <see cref="WireException"/>.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private const int LongestFound = 40;

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int at;
    private int depth;

    public void Header(string mark)
    {
        var found = bytes[..Math.Min(mark.Length, bytes.Length)];
        if (!found.SequenceEqual(Encoding.ASCII.GetBytes(mark)))
            throw Refusal(
                at, $"the mark {mark}", found.IsEmpty ? "the end" : $"the bytes {Convert.ToHexString(found)}");
        at = mark.Length;
        var version = Number("a version");
        if (version is < 1 or > Format.Version)
            throw Refusal(
                mark.Length, $"a version from 1 to {Format.Version}", $"{version}; a newer DistGrad may read it");
    }

    public readonly void End()
    {
        if (at < bytes.Length)
            throw Refusal(at, "the end", $"{bytes.Length - at} more bytes");
    }

    public bool Bool() => Byte("a bool") switch
    {
        0 => false,
        1 => true,
        var other => throw Refusal(at - 1, "0 or 1 for a bool", $"{other}"),
    };

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int), "a 32-bit integer"));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long), "a 64-bit integer"));

    public double Float64() => BitConverter.Int64BitsToDouble(Int64());

    public string Text()
    {
        var start = at;
        try
        {
            return WireWriter.Utf8.GetString(Take(Count(1, "the length of a text"), "a text"));
        }
        catch (DecoderFallbackException e)
        {
            throw Refusal(start, "text in UTF-8", "bytes that are none", e);
        }
    }

    public DType DType()
    {
        var code = Byte("a dtype");
        return code < DTypes.All.Count
            ? (DType)code
            : throw Refusal(at - 1, $"a dtype below {DTypes.All.Count}", $"{code}");
    }

    public Shape Shape()
    {
        var start = at;
        Span<int> dimensions = stackalloc int[Format.Rank];
        var rank = Number("the number of axes");
        if (rank > Format.Rank)
            throw Refusal(start, $"at most {Format.Rank} axes", $"{rank}");
        for (var axis = 0; axis < rank; axis++)
            dimensions[axis] = Number("a dimension");
        try
        {
            return DistGrad.Shape.Create(dimensions[..rank]);
        }
        catch (ShapeException e)
        {
            throw new WireException($"byte {start}: {e.Message}", e);
        }
    }

    public Ints Ints()
    {
        var ints = new int[Count(sizeof(int), "the number of integers")];
        for (var i = 0; i < ints.Length; i++)
            ints[i] = Int32();
        return new(ImmutableCollectionsMarshal.AsImmutableArray(ints));
    }

    public Value Value()
    {
        var (dtype, shape) = (DType(), Shape());
        return dtype == DistGrad.DType.Bool
            ? Bools(shape)
            : DistGrad.Value.OfBytes(
                dtype, shape, Take((long)shape.Size * dtype.ByteSize, "the elements of an array"));
    }

    public IReadOnlyList<Value> Values()
    {
        var values = new Value[Count(minimum: 2, "the number of values")];
        for (var i = 0; i < values.Length; i++)
            values[i] = Value();
        return values;
    }

    public Lambda Program()
    {
        if (++depth > Format.Depth)
            throw Refusal(at, $"programs that hold programs at most {Format.Depth} deep", "one more");
        var parameters = Parameters();
        var tensors = new List<Tensor>(parameters);
        var nodes = Count(minimum: 4, "the number of applications");
        for (var i = 0; i < nodes; i++)
        {
            foreach (var result in Node(tensors).Results)
                tensors.Add(result);
        }
        var results = References(tensors, "the number of results");
        depth--;
        return new("program", parameters, results);
    }

    private ImmutableArray<Tensor> Parameters()
    {
        var parameters = ImmutableArray.CreateBuilder<Tensor>(Count(minimum: 2, "the number of parameters"));
        for (var i = 0; i < parameters.Capacity; i++)
            parameters.Add(Tensor.Parameter(new(DType(), Shape()), $"x{i}", "program"));
        return parameters.MoveToImmutable();
    }

    private Application Node(List<Tensor> tensors)
    {
        var start = at;
        var name = Text();
        var attributes = ImmutableArray.CreateBuilder<Attribute>(Count(minimum: 2, "the number of attributes"));
        for (var i = 0; i < attributes.Capacity; i++)
            attributes.Add(new(Text(), Content()));
        var node = Apply(
            start, name, new(name, attributes.MoveToImmutable()), References(tensors, "the number of operands"));
        foreach (var result in node.Results)
        {
            if (result.Rank > Format.Rank)
                throw Refusal(start, $"at most {Format.Rank} axes", $"{name}, which gives {result.Rank}");
        }
        return node;
    }

    private object Content()
    {
        var tag = Byte("the kind of an attribute");
        foreach (var kind in AttributeKind.All)
        {
            if (kind.Tag == tag)
                return kind.Read(ref this);
        }
        throw Refusal(at - 1, $"a kind of attribute from 1 to {AttributeKind.All.Count}", $"{tag}");
    }

    // Shape rules are written for those who program; whatever one throws at hostile constants,
    // the bytes are at fault here.
    private static Application Apply(
        int start, string name, AttributeReader attributes, ImmutableArray<Tensor> operands)
    {
        var read = Find(start, name);
        try
        {
            return Application.Of(read(attributes), operands);
        }
        catch (Exception e)
        {
            throw new WireException($"byte {start}: {e.Message}", e);
        }
    }

    private static Func<AttributeReader, Operation> Find(int start, string name) =>
        name == "literal" ? attributes => new Literal(attributes.Get<Value>("value"))
        : PrimitiveTable.TryFind(name, out var entry) ? entry.Read
        : throw Refusal(start, "the name of a primitive", $"\"{Shortened(name)}\"");

    private ImmutableArray<Tensor> References(List<Tensor> tensors, string what)
    {
        var references = ImmutableArray.CreateBuilder<Tensor>(Count(minimum: 1, what));
        for (var i = 0; i < references.Capacity; i++)
        {
            var start = at;
            var number = Number("the number of a tensor");
            references.Add(number < tensors.Count ? tensors[number] : throw Refusal(
                start, $"one of the {tensors.Count} tensors so far", $"number {number}"));
        }
        return references.MoveToImmutable();
    }

    private Value Bools(Shape shape)
    {
        var start = at;
        var elements = Take(shape.Size, "the elements of an array");
        var other = elements.IndexOfAnyExceptInRange((byte)0, (byte)1);
        return other < 0
            ? DistGrad.Value.Of(shape, MemoryMarshal.Cast<byte, bool>(elements))
            : throw Refusal(start + other, "0 or 1 for a bool", $"{elements[other]}");
    }

    /// <summary>
    /// A number of things that take at least so many bytes each, so that no more are promised than can follow.
    /// </summary>
    public int Count(int minimum, string what)
    {
        var start = at;
        var (count, most) = (Number(what), (bytes.Length - at) / minimum);
        return count <= most
            ? count
            : throw Refusal(start, $"{what}, at most {most} in the {bytes.Length - at} bytes left", $"{count}");
    }

    private int Number(string what)
    {
        var start = at;
        var number = 0L;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Byte(what);
            number |= (part & 0x7FL) << shift;
            if (part >= 0x80)
                continue;
            if (part == 0 && shift > 0)
                throw Refusal(start, $"{what} in as few bytes as it takes", "one that ends in a zero byte");
            return number <= int.MaxValue
                ? (int)number
                : throw Refusal(start, $"{what} of at most {int.MaxValue}", $"{number}");
        }
        throw Refusal(start, $"{what} in at most 5 bytes", "more");
    }

    private byte Byte(string what) => Take(1, what)[0];

    private ReadOnlySpan<byte> Take(long count, string what)
    {
        if (count > bytes.Length - at)
            throw Refusal(at, $"{what} in {count} bytes", $"{bytes.Length - at} before the end");
        at += (int)count;
        return bytes.Slice(at - (int)count, (int)count);
    }

    private static string Shortened(string text) => text.Length <= LongestFound ? text : text[..LongestFound] + "...";

    public static WireException Refusal(int place, string expected, string found, Exception? cause = null)
    {
        var message = $"byte {place}: expected {expected}; found {found}";
        return cause is null ? new(message) : new(message, cause);
    }
}
