using System.Collections.Immutable;

namespace DistGrad;

/// <summary>An equation of einsum, read: the labels of each operand's axes and of the result's.</summary>
/// <remarks>A letter is its own label; the axes of an ellipsis are counted from the right, beyond all letters.</remarks>
internal sealed record Equation(ImmutableArray<string> Operands, string Result)
{
    private const char Ellipsis = '\u0100';

    /// <summary>The equation for operands of these shapes.</summary>
    public static Equation Read(string text, ImmutableArray<Shape> shapes)
    {
        var sides = text.Replace(" ", "", StringComparison.Ordinal).Split("->");
        var inputs = sides[0].Split(',');
        if (sides.Length > 2 || sides.Any(s => !IsWellFormed(s)))
            throw new OptionException(
                $"einsum: \"{text}\" is not an equation such as \"ij,jk->ik\" or \"...ij,...jk->...ik\"");
        if (inputs.Length != shapes.Length)
            throw new ShapeException(
                $"einsum: \"{text}\" is of {inputs.Length} operands; found {shapes.Length}: " +
                string.Join(", ", shapes));
        ImmutableArray<string> operands = [.. inputs.Select((input, i) => Labels(text, input, shapes[i]))];
        var longest = operands.Select(o => o.Where(IsOfEllipsis)).MaxBy(o => o.Count())!;
        var all = string.Concat(operands);
        var result = sides.Length == 2
            ? sides[1].Replace("...", string.Concat(longest), StringComparison.Ordinal)
            : string.Concat(longest) + string.Concat(all.Where(l => !IsOfEllipsis(l) && all.Count(m => m == l) == 1).Order());
        if (result.FirstOrDefault(l => !all.Contains(l, StringComparison.Ordinal)) is var unknown and not '\0')
            throw new OptionException($"einsum: \"{text}\": {unknown} of the result is on no operand");
        if (result.Distinct().Count() != result.Length)
            throw new OptionException($"einsum: \"{text}\": a label stands twice in the result");
        return new(operands, result);
    }

    public static bool IsOfEllipsis(char label) => label >= Ellipsis;

    private static string Labels(string text, string input, Shape shape)
    {
        var letters = input.Length - (input.Contains("...", StringComparison.Ordinal) ? 3 : 0);
        var further = shape.Rank - letters;
        if (further < 0 || (letters == input.Length && further > 0))
            throw new ShapeException(
                $"einsum: \"{text}\": {(input.Length == 0 ? "a scalar" : input)} names {letters} axes of {shape}, " +
                $"which has {shape.Rank}");
        var counted = Enumerable.Range(0, further).Select(i => (char)(Ellipsis + further - 1 - i));
        return input.Replace("...", string.Concat(counted), StringComparison.Ordinal);
    }

    private static bool IsWellFormed(string side) => side.Split(',').All(part =>
        part.Replace("...", "", StringComparison.Ordinal).All(char.IsAsciiLetter) &&
        part.Split("...").Length <= 2);
}

/// <summary>A tensor, each of whose axes has a label of its own.</summary>
internal sealed record Labelled(Tensor Tensor, string Labels)
{
    public int this[char label] => Tensor.Shape[Labels.IndexOf(label, StringComparison.Ordinal)];

    /// <summary>An operand with the diagonal of axes that have one label.</summary>
    public static Labelled Of(Tensor x, string labels)
    {
        while (labels.FirstOrDefault(l => labels.Count(m => m == l) > 1) is var twice and not '\0')
        {
            var (first, second) = (
                labels.IndexOf(twice, StringComparison.Ordinal), labels.LastIndexOf(twice));
            var n = x.Shape[first];
            if (x.Shape[second] != n)
                throw new ShapeException($"einsum: {twice} is {n} and {x.Shape[second]} on the axes of {x.Shape}");
            // Laid flat, the elements of the diagonal of a square lie one more than its side apart.
            var square = x.MoveAxis(first, -1).MoveAxis(second - 1, -1);
            x = square.Reshape(Shape.Create([.. square.Shape.Take(x.Rank - 2), n * n])).Slice(-1, step: n + 1);
            labels = labels.Remove(second, 1).Remove(first, 1) + twice;
        }
        return new(x, labels);
    }

    /// <summary>Summed over all labels but these.</summary>
    public Labelled Keeping(string kept)
    {
        Ints summed = [.. Enumerable.Range(0, Labels.Length).Where(i => !Has(kept, Labels[i]))];
        return new(Tensor.Sum(summed), string.Concat(Labels.Where(l => Has(kept, l))));
    }

    /// <summary>The product, summed over the labels of both that are not kept, by a matrix product where there are any.</summary>
    public Labelled Times(Labelled other, string kept)
    {
        var (left, right) = (Keeping(kept + other.Labels), other.Keeping(kept + Labels));
        var batch = string.Concat(left.Labels.Where(l => Has(right.Labels, l) && Has(kept, l)));
        var summed = string.Concat(left.Labels.Where(l => Has(right.Labels, l) && !Has(kept, l)));
        var (rows, columns) = (
            string.Concat(left.Labels.Where(l => !Has(right.Labels, l))),
            string.Concat(right.Labels.Where(l => !Has(left.Labels, l))));
        if (summed.Length == 0)
            return new(
                left.Arranged(batch + rows, columns.Length) * right.Arranged(batch + columns, 0, batch.Length, rows.Length),
                batch + rows + columns);
        var product = left.Arranged(batch, rows, summed).MatMul(right.Arranged(batch, summed, columns));
        return new(
            product.Reshape([.. Lengths(left, batch + rows), .. Lengths(right, columns)]), batch + rows + columns);
    }

    /// <summary>The axes in this order.</summary>
    public Tensor Ordered(string labels) =>
        labels == Labels ? Tensor : Tensor.Permute([.. labels.Select(l => Labels.IndexOf(l, StringComparison.Ordinal))]);

    private static IEnumerable<int> Lengths(Labelled of, string labels) => labels.Select(l => of[l]);

    private static bool Has(string labels, char label) => labels.Contains(label, StringComparison.Ordinal);

    /// <summary>Matrices over the leading labels, with rows and columns laid flat.</summary>
    private Tensor Arranged(string leading, string rows, string columns) =>
        Ordered(leading + rows + columns).Reshape(
            [.. Lengths(this, leading), Product(Lengths(this, rows)), Product(Lengths(this, columns))]);

    /// <summary>The axes in this order, with so many axes of length 1 behind them, or behind the first of them.</summary>
    private Tensor Arranged(string labels, int behind, int first = 0, int after = 0)
    {
        var lengths = Lengths(this, labels).ToList();
        lengths.InsertRange(first, Enumerable.Repeat(1, after));
        lengths.AddRange(Enumerable.Repeat(1, behind));
        return Ordered(labels).Reshape([.. lengths]);
    }

    private static int Product(IEnumerable<int> lengths) => lengths.Aggregate(1, (product, n) => product * n);
}

public partial class Tensor
{
    /// <summary>
    /// Einstein's sum, as NumPy's einsum: each axis of each operand has a letter; operands are multiplied where letters
    /// agree, and summed over the letters that the result lacks. <c>Einsum("bij,bjk->bik", x, y)</c> is a batch of
    /// matrix products, <c>"ii->i"</c> a diagonal, <c>"ij->"</c> a sum. Without an arrow the result has the letters that
    /// occur once, in alphabetical order. An ellipsis stands for any axes, which broadcast. Operands are contracted from
    /// left to right.
    /// </summary>
    /// <exception cref="OptionException">The equation is not one.</exception>
    /// <exception cref="ShapeException">The operands do not have the axes that it names, or not of equal lengths.</exception>
    public static Tensor Einsum(string equation, params Tensor[] operands)
    {
        ArgumentNullException.ThrowIfNull(equation);
        ArgumentNullException.ThrowIfNull(operands);
        var read = Equation.Read(equation, [.. operands.Select(o => o.Shape)]);
        var lengths = Lengths(equation, read, operands);
        Labelled[] labelled = [.. operands.Select((o, i) => Labelled.Of(Stretched(o, read.Operands[i]), read.Operands[i]))];
        var product = labelled[0];
        for (var i = 1; i < labelled.Length; i++)
            product = product.Times(labelled[i], read.Result + string.Concat(labelled.Skip(i + 1).Select(l => l.Labels)));
        return product.Keeping(read.Result).Ordered(read.Result);

        Tensor Stretched(Tensor x, string labels) =>
            x.BroadcastTo([.. labels.Select((l, a) => Equation.IsOfEllipsis(l) ? lengths[l] : x.Shape[a])]);
    }

    /// <summary>
    /// The product summed over pairs of axes, as NumPy's tensordot: the other axes of this, then those of the other.
    /// </summary>
    /// <param name="other">The second operand.</param>
    /// <param name="axes">The axes of this that are summed over.</param>
    /// <param name="otherAxes">The axes of the other, of the same lengths in the same order.</param>
    /// <exception cref="ShapeException">The axes are not as many, or not of equal lengths.</exception>
    public Tensor TensorDot(Tensor other, int[] axes, int[] otherAxes)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(axes);
        ArgumentNullException.ThrowIfNull(otherAxes);
        int[] mine = [.. axes.Select(a => Shape.Axis(a, "tensordot"))];
        int[] theirs = [.. otherAxes.Select(a => other.Shape.Axis(a, "tensordot"))];
        if (mine.Distinct().Count() != mine.Length || theirs.Distinct().Count() != theirs.Length ||
            !mine.Select(a => Shape[a]).SequenceEqual(theirs.Select(a => other.Shape[a])))
            throw new ShapeException(
                $"tensordot: {Shape} x {other.Shape}: the axes [{string.Join(", ", axes)}] and " +
                $"[{string.Join(", ", otherAxes)}] are not pairs of equal lengths, each once");
        var labels = Enumerable.Range(0, Rank + other.Rank).Select(i => (char)('\u0100' + i)).ToArray();
        var left = string.Concat(labels.Take(Rank));
        var right = string.Concat(Enumerable.Range(0, other.Rank).Select(a =>
            Array.IndexOf(theirs, a) is var pair && pair >= 0 ? labels[mine[pair]] : labels[Rank + a]));
        var kept = string.Concat(
            left.Where((_, a) => !mine.Contains(a)).Concat(right.Where((_, a) => !theirs.Contains(a))));
        return new Labelled(this, left).Times(new(other, right), kept).Ordered(kept);
    }

    /// <summary>The length of each label, which its axes must share; those of an ellipsis stretch.</summary>
    private static Dictionary<char, int> Lengths(string text, Equation equation, Tensor[] operands)
    {
        var lengths = new Dictionary<char, int>();
        for (var i = 0; i < operands.Length; i++)
        {
            foreach (var (axis, label) in equation.Operands[i].Index())
            {
                var length = operands[i].Shape[axis];
                var known = lengths.GetValueOrDefault(label, length);
                var stretches = Equation.IsOfEllipsis(label) && (known == 1 || length == 1);
                if (known != length && !stretches)
                    throw new ShapeException(
                        $"einsum: \"{text}\": {(Equation.IsOfEllipsis(label) ? "an axis of the ellipsis" : label)} is " +
                        $"{known} and {length}; found {string.Join(", ", operands.Select(o => o.Shape))}");
                lengths[label] = known == 1 ? length : known;
            }
        }
        return lengths;
    }
}
