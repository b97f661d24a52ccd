using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace DistGrad;

/// <summary>
/// A program as readable lines: <c>c: float64[3] = mul a b</c>. Results are lettered in the order in which they are
/// computed; programs held by an operation follow, indented, below the line that holds them.
/// </summary>
internal static class Printer
{
    public static string Print(Lambda lambda)
    {
        var text = new StringBuilder();
        Append(text, lambda, indent: "");
        return text.ToString().TrimEnd('\n');
    }

    // The recursion is as deep as programs hold programs.
    private static void Append(StringBuilder text, Lambda lambda, string indent)
    {
        var names = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach (var parameter in lambda.Parameters)
            names[parameter] = Letters(names.Count);
        var inputs = lambda.Parameters.Select(p => $"{names[p]}: {p.Type}");
        text.Append(CultureInfo.InvariantCulture, $"{indent}{lambda.Name}({string.Join(", ", inputs)}) =\n");
        foreach (var node in lambda.Body)
        {
            if (IsShort(node))
                continue;
            var operands = string.Concat(node.Operands.Select(o => " " + Name(o)));
            foreach (var result in node.Results)
                names[result] = Letters(names.Count);
            var results = string.Join(", ", node.Results.Select(r => $"{names[r]}: {r.Type}"));
            text.Append(CultureInfo.InvariantCulture, $"{indent}  {results} = {Text(node.Operation)}{operands}\n");
            foreach (var held in node.Operation.Attributes.Select(a => a.Content).OfType<Lambda>())
                Append(text, held, indent + "    ");
        }
        text.Append(
            CultureInfo.InvariantCulture, $"{indent}  return {string.Join(", ", lambda.Results.Select(Name))}\n");

        string Name(Tensor tensor) => IsShort(tensor.Source) ? ValueText.Number(tensor.KnownValue!, 0) : names[tensor];
    }

    /// <summary>A literal scalar is written where it is used.</summary>
    private static bool IsShort(Application node) => node.Operation is Literal { Value.Shape.Rank: 0 };

    private static string Text(Operation operation)
    {
        var shown = operation.Attributes.Where(a => a.Content is not Lambda)
            .Select(a => a.Content is Value value ? OneLine(value) : a.ToString()).ToImmutableArray();
        return shown.IsEmpty ? operation.Name : $"{operation.Name}[{string.Join(", ", shown)}]";
    }

    private static string OneLine(Value value)
    {
        const int Few = 8;
        var numbers = Enumerable.Range(0, Math.Min(Few, value.Shape.Size)).Select(i => ValueText.Number(value, i));
        return string.Join(", ", numbers) + (value.Shape.Size > Few ? ", ..." : "");
    }

    /// <summary>a, b, ... z, aa, ab, ...</summary>
    private static string Letters(int index)
    {
        var letters = "";
        for (var i = index; i >= 0; i = (i / 26) - 1)
            letters = (char)('a' + (i % 26)) + letters;
        return letters;
    }
}
