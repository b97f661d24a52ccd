using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace DistGrad.Wire;

/// <summary>Writes values and programs in the one encoding that they have.</summary>
internal sealed class WireWriter(IBufferWriter<byte> output)
{
    /// <summary>Refuses a lone surrogate, which has no encoding, rather than writing another character.</summary>
    public static Encoding Utf8 { get; } = new UTF8Encoding(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private int depth;

    public void Header(string mark)
    {
        output.Write(Encoding.ASCII.GetBytes(mark));
        Count(Format.Version);
    }

    /// <summary>Seven bits a byte, the least significant first; the high bit says that more follow.</summary>
    public void Count(int count)
    {
        var rest = (uint)count;
        for (; rest >= 0x80; rest >>= 7)
            Byte((byte)(rest | 0x80));
        Byte((byte)rest);
    }

    public void Bool(bool flag) => Byte(flag ? (byte)1 : (byte)0);

    public void Int32(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), number);
        output.Advance(sizeof(int));
    }

    public void Int64(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(output.GetSpan(sizeof(long)), number);
        output.Advance(sizeof(long));
    }

    public void Float64(double number) => Int64(BitConverter.DoubleToInt64Bits(number));

    public void Text(string text)
    {
        try
        {
            Count(Utf8.GetByteCount(text));
            Utf8.GetBytes(text, output);
        }
        catch (EncoderFallbackException e)
        {
            throw new WireException("A text that is no sequence of characters cannot be written", e);
        }
    }

    public void DType(DType dtype) => Byte((byte)dtype);

    public void Shape(Shape shape)
    {
        if (shape.Rank > Format.Rank)
            throw new WireException(
                $"A shape of {shape.Rank} axes cannot be written: at most {Format.Rank} are allowed");
        Count(shape.Rank);
        foreach (var dimension in shape.AsSpan())
            Count(dimension);
    }

    public void Ints(Ints ints)
    {
        Count(ints.Count);
        foreach (var number in ints)
            Int32(number);
    }

    public void Value(Value value)
    {
        DType(value.DType);
        Shape(value.Shape);
        output.Write(value.AsBytes());
    }

    public void Values(IReadOnlyList<Value> values)
    {
        Count(values.Count);
        foreach (var value in values)
            Value(value);
    }

    /// <summary>
    /// The types of the parameters, the applications in the order of <see cref="Lambda.Body"/>, and the results.
    /// Tensors are numbered as they appear: parameters first, then the results of each application.
    /// </summary>
    public void Program(Lambda program)
    {
        if (++depth > Format.Depth)
            throw new WireException(
                $"{program.Name} cannot be written: programs hold programs more than {Format.Depth} deep");
        var numbers = new Dictionary<Tensor, int>(
            program.Parameters.Length + program.Body.Length, ReferenceEqualityComparer.Instance);
        var next = 0;
        Count(program.Parameters.Length);
        foreach (var parameter in program.Parameters)
        {
            DType(parameter.DType);
            Shape(parameter.Shape);
            numbers[parameter] = next++;
        }
        Count(program.Body.Length);
        foreach (var node in program.Body)
        {
            Node(node, numbers);
            foreach (var result in node.Results)
                numbers[result] = next++;
        }
        Count(program.Results.Length);
        foreach (var result in program.Results)
            Count(numbers[result]);
        depth--;
    }

    private void Node(Application node, Dictionary<Tensor, int> numbers)
    {
        RequireReadable(node);
        Text(node.Operation.Name);
        var attributes = node.Operation.Attributes;
        Count(attributes.Length);
        foreach (var (name, content) in attributes)
        {
            Text(name);
            Content(content);
        }
        Count(node.Operands.Length);
        foreach (var operand in node.Operands)
            Count(numbers[operand]);
    }

    private void Content(object content)
    {
        foreach (var kind in AttributeKind.All)
        {
            if (kind.Type != content.GetType())
                continue;
            Byte(kind.Tag);
            kind.Write(this, content);
            return;
        }
        throw new UnreachableException($"An attribute cannot be a {content.GetType().Name}");
    }

    // What the reader would refuse must not be written.
    private static void RequireReadable(Application node)
    {
        foreach (var result in node.Results)
        {
            if (result.Rank > Format.Rank)
                throw new WireException(
                    $"{node.Operation.Name} gives {result.Rank} axes and cannot be written: " +
                    $"at most {Format.Rank} are allowed");
        }
    }

    private void Byte(byte single)
    {
        output.GetSpan(1)[0] = single;
        output.Advance(1);
    }
}
