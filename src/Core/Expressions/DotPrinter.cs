using System.Globalization;
using System.Text;

namespace DistGrad;

/// <summary>A program as a graph in the DOT language: a box an application, an arrow from each operand.</summary>
internal static class DotPrinter
{
    public static string Print(Lambda lambda)
    {
        var text = new StringBuilder();
        var numbers = new Dictionary<Application, int>(ReferenceEqualityComparer.Instance);
        text.Append(CultureInfo.InvariantCulture, $"digraph {Quoted(lambda.Name)} {{\n  node [shape=box];\n");
        foreach (var parameter in lambda.Parameters)
            Node(
                parameter.Source, $"{((Parameter)parameter.Source.Operation).Label}: {parameter.Type}",
                ", style=rounded");
        foreach (var node in lambda.Body)
        {
            var results = string.Join(", ", node.Results.Select(r => r.Type));
            Node(node, $"{Label(node.Operation)}\n{results}", "");
            foreach (var operand in node.Operands)
                text.Append(CultureInfo.InvariantCulture, $"  n{numbers[operand.Source]} -> n{numbers[node]};\n");
        }
        for (var i = 0; i < lambda.Results.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  r{i} [label=\"result {i}\", shape=plaintext];\n");
            text.Append(CultureInfo.InvariantCulture, $"  n{numbers[lambda.Results[i].Source]} -> r{i};\n");
        }
        return text.Append("}\n").ToString();

        void Node(Application node, string label, string style)
        {
            numbers[node] = numbers.Count;
            text.Append(CultureInfo.InvariantCulture, $"  n{numbers[node]} [label={Quoted(label)}{style}];\n");
        }
    }

    private static string Label(Operation operation) => operation switch
    {
        Literal { Value.Shape.Rank: 0 } literal => ValueText.Number(literal.Value, 0),
        Literal => "literal",
        _ => operation.Name,
    };

    private static string Quoted(string text) =>
        "\"" + text
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
