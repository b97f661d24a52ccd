using System.Buffers;
using System.Text;
using DistGrad.Wire;
using Xunit;
using static DistGrad.Properties.Generators.WirePrograms;

namespace DistGrad.Properties.Generators;

/// <summary>Bytes put together by hand, and what the laws require of reading them.</summary>
internal static class WireBytes
{
    public static void RequireRoundTrip(Lambda program)
    {
        var bytes = program.ToWire();
        var again = Lambda.FromWire(bytes);
        Assert.Equal(bytes, again.ToWire());
        Assert.Equal(program.Hash(), again.Hash());
        Assert.True(SameProgram(program, again), $"{program}\ncame back as\n{again}");
    }

    /// <summary>Whether the bytes are refused; if not, they are the very encoding of what they were read as.</summary>
    public static bool IsRefused(byte[] bytes)
    {
        try
        {
            Assert.Equal(bytes, Lambda.FromWire(bytes).ToWire());
            return false;
        }
        catch (WireException e)
        {
            RequireTaught(e);
            return true;
        }
    }

    public static void RequireRefusal(byte[] bytes, string reason = "byte ")
    {
        var error = Assert.Throws<WireException>(() => Lambda.FromWire(bytes));
        RequireTaught(error);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A refusal says where, and comes from a rule that knew what it refused.</summary>
    public static void RequireTaught(WireException error)
    {
        Assert.StartsWith("byte ", error.Message, StringComparison.Ordinal);
        Assert.True(error.InnerException is null or DistGradException or DecoderFallbackException, $"{error}");
    }

    public static Action<WireWriter> Node(
        string name, IEnumerable<Attribute> attributes, params int[] operands) => writer =>
    {
        writer.Text(name);
        writer.Count(attributes.Count());
        foreach (var (label, content) in attributes)
        {
            var kind = AttributeKind.All.Single(k => k.Type == content.GetType());
            writer.Text(label);
            writer.Count(kind.Tag);
            kind.Write(writer, content);
        }
        writer.Count(operands.Length);
        foreach (var operand in operands)
            writer.Count(operand);
    };

    /// <summary>A program put together as bytes, whatever it says.</summary>
    public static byte[] Assembled(
        IReadOnlyList<TensorType> parameters, Action<WireWriter>[] nodes, params int[] results)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(output);
        writer.Header("DGRP");
        writer.Count(parameters.Count);
        foreach (var parameter in parameters)
        {
            writer.DType(parameter.DType);
            writer.Shape(parameter.Shape);
        }
        writer.Count(nodes.Length);
        foreach (var node in nodes)
            node(writer);
        writer.Count(results.Length);
        foreach (var result in results)
            writer.Count(result);
        return output.WrittenSpan.ToArray();
    }
}
