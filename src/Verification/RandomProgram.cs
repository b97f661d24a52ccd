using System.Collections.Immutable;
using System.Text;

namespace DistGrad.Verification;

/// <summary>
/// A well-typed function of some tensors to one, as data: it can be printed, made smaller, and applied to tensors as
/// often as one likes. <see cref="Programs"/> generates them.
/// </summary>
public sealed class RandomProgram
{
    /// <summary>Larger intermediate tensors are not made.</summary>
    private const int LargestTensor = 200;

    private readonly ImmutableArray<Step> steps;
    private readonly ImmutableArray<string> types;

    private RandomProgram(
        DType dtype, ImmutableArray<Shape> inputs, ImmutableArray<Step> steps, Shape result,
        ImmutableArray<string> types)
    {
        DType = dtype;
        Inputs = inputs;
        Result = result;
        this.steps = steps;
        this.types = types;
    }

    /// <summary>The dtype of all inputs and of the result.</summary>
    public DType DType { get; }

    /// <summary>The shapes of the inputs.</summary>
    public ImmutableArray<Shape> Inputs { get; }

    /// <summary>The shape of the result.</summary>
    public Shape Result { get; }

    /// <summary>What is done, in order, by name.</summary>
    public IEnumerable<string> Operations => steps.Select(s => s.Move.Name);

    /// <summary>The result on these inputs, which have the shapes and the dtype that the program says.</summary>
    public Tensor Apply(params IEnumerable<Tensor> inputs)
    {
        var known = inputs.ToList();
        foreach (var step in steps)
            known.Add(step.On(known)!);
        return known[^1];
    }

    /// <summary>The sum of the result's elements: a function that has a gradient.</summary>
    public Tensor Total(params IEnumerable<Tensor> inputs) => Apply(inputs).Sum();

    /// <summary>One line an operation: <c>c = mul by tanh a b : [2, 3]</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var letters = 0;
        text.AppendJoin(", ", Inputs.Select(s => $"{Letter(letters++)}: {DType}{s}")).AppendLine();
        for (var i = 0; i < steps.Length; i++)
        {
            var operands = string.Join(" ", steps[i].Operands.Select(Letter));
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{Letter(letters++)} = {steps[i].Move.Name}#{steps[i].Choice} {operands} : {types[i]}\n");
        }
        return text.ToString();
    }

    /// <summary>The program of these steps, or nothing when one of them does not fit.</summary>
    internal static RandomProgram? Of(DType dtype, ImmutableArray<Shape> inputs, IEnumerable<Step> steps)
    {
        List<Tensor> known = [.. inputs.Select(s => Tensor.Zeros(s, dtype))];
        ImmutableArray<Step> taken = [.. steps];
        foreach (var step in taken)
        {
            if (step.On(known) is not { } result || result.Shape.Size > LargestTensor)
                return null;
            known.Add(result);
        }
        return new(
            dtype, inputs, taken, known[^1].Shape, [.. known.Skip(inputs.Length).Select(t => t.Shape.ToString())]);
    }

    /// <summary>As far as the steps fit, leaving out those that do not.</summary>
    internal static RandomProgram Fitting(DType dtype, ImmutableArray<Shape> inputs, IEnumerable<Step> steps)
    {
        List<Tensor> known = [.. inputs.Select(s => Tensor.Zeros(s, dtype))];
        List<Step> taken = [];
        foreach (var step in steps.Select(s => s.Within(known.Count)))
        {
            if (step.On(known) is { } result && result.Shape.Size <= LargestTensor)
            {
                known.Add(result);
                taken.Add(step);
            }
        }
        return Of(dtype, inputs, taken)!;
    }

    /// <summary>
    /// With one step less: the steps after it take, in the place of its result, an earlier tensor of the same shape.
    /// </summary>
    internal IEnumerable<RandomProgram> Smaller()
    {
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var gone = Inputs.Length + i;
            for (var other = 0; other < gone; other++)
            {
                var rest = steps.Where((_, k) => k != i).Select(s => s.Without(gone, other));
                if (Of(DType, Inputs, rest) is { } smaller)
                {
                    yield return smaller;
                    break;
                }
            }
        }
    }

    private static string Letter(int index) =>
        index < 26 ? ((char)('a' + index)).ToString() : Letter((index / 26) - 1) + Letter(index % 26);

    /// <summary>A move on tensors made before, told by their number.</summary>
    internal sealed record Step(Move Move, ImmutableArray<int> Operands, int Choice)
    {
        public Tensor? On(List<Tensor> known) => Move.Apply([.. Operands.Select(i => known[i])], Choice);

        /// <summary>With operands among so many, the latest ones being the likeliest.</summary>
        public Step Within(int count) =>
            this with { Operands = [.. Operands.Select(back => count - 1 - (back % count))] };

        public Step Without(int gone, int other) =>
            this with { Operands = [.. Operands.Select(i => i == gone ? other : i > gone ? i - 1 : i)] };
    }
}
