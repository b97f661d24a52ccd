using System.CommandLine;
using System.Globalization;
using DistGrad.Host.Data;
using DistGrad.Host.Training;
using DistGrad.Learn;

namespace DistGrad.Host.Commands;

/// <summary><c>distgrad explain</c>: the programs that training runs, as text, and what they cost.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var (model, batch) = (Choices.Model(), Choices.Batch());
        var command = new Command(
            "explain", "Print a model's program, the program of its gradient, and what each costs.") { model, batch };
        command.SetAction(parsed => Run(
            Model.All.Single(m => m.Name == parsed.GetValue(model)),
            parsed.GetValue(batch),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static void Run(Model model, int batch, TextWriter output)
    {
        var parameters = model.Create(0);
        var leaves = Tree.Leaves(parameters);
        Batch examples = new(Tensor.Zeros([batch, Image.Size]), Tensor.Zeros([batch], DType.Int64));
        output.WriteLine($"{model.Name}: {model.About}");
        foreach (var (path, tensor) in leaves)
            output.WriteLine($"  {path}: {tensor.Shape}");
        var numbers = leaves.Sum(leaf => (long)leaf.Tensor.Shape.Size);
        output.WriteLine(Invariant($"  {numbers * sizeof(float):N0} bytes of parameters"));
        Show("loss", (m, b) => Loss(m, b));
        Show("gradient", (m, b) => Diff.Grad(m, n => Loss(n, b)));

        Tensor Loss(Mlp m, Batch b) => model.Loss(m.Apply(b.Images), b.Labels);

        void Show<T>(string name, Func<Mlp, Batch, T> f)
        {
            var program = Diff.Trace((parameters, examples), t => f(t.parameters, t.examples), name);
            var cost = program.Cost();
            output.WriteLine();
            output.WriteLine(program);
            output.WriteLine(Invariant(
                $"  {cost.Applications:N0} applications; {cost.Instructions:N0} instructions, {cost.Flops:N0} flops"));
            output.WriteLine(Invariant(
                $"  {cost.ParameterBytes:N0} bytes of arguments, {cost.ResultBytes:N0} of results"));
            output.WriteLine();
            var arguments = Tree.Leaves((parameters, examples)).Select(leaf => leaf.Tensor);
            output.WriteLine(program.Explain(TimeProvider.System, arguments));
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
