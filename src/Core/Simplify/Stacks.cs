using System.Collections.Immutable;

namespace DistGrad.Simplify;

/// <summary>
/// What a loop's body reads or computes in a step, as one array of all steps: what it runs along, what it stacks, or
/// what it may stack as well. Expressions of these stand for sums over all steps.
/// </summary>
internal sealed class Stacks
{
    private readonly Scan scan;
    private readonly List<(Tensor Item, Tensor Place)> found = [];

    /// <summary>Bytes that may be stacked beside what is; as many as the loop runs along.</summary>
    private readonly long budget;

    public Stacks(Scan scan)
    {
        this.scan = scan;
        budget = Xs.Concat(Ys).Sum(Bytes);
    }

    /// <summary>Tensors of the body that expressions need the stack of.</summary>
    public IEnumerable<Tensor> Items => found.Select(f => f.Item);

    /// <summary>A parameter in the place of each one's stack, in the same order.</summary>
    public ImmutableArray<Tensor> Places => [.. found.Select(f => f.Place)];

    /// <summary>Those that the loop has still to stack.</summary>
    public IEnumerable<Tensor> More => Items.Where(i => !IsStacked(i));

    private IEnumerable<Tensor> Xs => scan.Body.Parameters.Skip(scan.Constants + scan.Carries);

    private IEnumerable<Tensor> Ys => scan.Body.Results.Skip(scan.Carries);

    /// <summary>
    /// The sum over all steps of a tensor that is made of products of matrices, or nothing where it is not.
    /// </summary>
    public Tensor? Total(Tensor term)
    {
        var before = found.Count;
        var total = term.Source switch
        {
            { Operation: Permute or Reshape, Operands: [var x] } =>
                Total(x) is { } sum ? Tensor.Apply(term.Source.Operation, sum) : null,
            { Operation: Neg, Operands: [var x] } => Total(x) is { } sum ? -sum : null,
            { Operation: Add, Operands: [var x, var y] } =>
                (Total(x), Total(y)) is ({ } left, { } right) ? left + right : null,
            { Operation: MatMul, Operands: [{ Rank: 2 } x, var y] } =>
                (Of(x), Of(y)) is ({ } left, { } right) ? Product(left, right) : null,
            _ => null,
        };
        if (total is null)
            found.RemoveRange(before, found.Count - before);
        return total;
    }

    /// <summary>Of [t, m, k] and [t, k, n]: the inner dimension is that of all steps.</summary>
    private static Tensor Product(Tensor left, Tensor right) => Tensor.Apply(
        MatMul.Instance, Rows(left.SwapAxes()).SwapAxes(), Rows(right));

    // The steps and a matrix's rows as one axis. Where the matrix is a transpose, that is undone first.
    private static Tensor Rows(Tensor stack) => stack.Reshape([stack.Shape[0] * stack.Shape[1], stack.Shape[2]]);

    /// <summary>The stack of a tensor of the body.</summary>
    private Tensor? Of(Tensor item)
    {
        if (IsStacked(item))
            return Place(item);
        return item.Source switch
        {
            { Operation: Permute permute, Operands: [var x] } => Of(x) is { } stack
                ? Tensor.Apply(new Permute([0, .. permute.Axes.Select(a => a + 1)]), stack)
                : null,
            { Operation: Reshape reshape, Operands: [var x] } => Of(x)?.Reshape(reshape.To.Insert(0, scan.Length)),
            { Operation: Parameter or Literal } => null,
            _ => More.Append(item).Sum(Bytes) <= budget ? Place(item) : null,
        };
    }

    private Tensor Place(Tensor item)
    {
        foreach (var (other, place) in found)
        {
            if (ReferenceEquals(other, item))
                return place;
        }
        found.Add((item, Tensor.Parameter(item.Type with { Shape = item.Shape.Insert(0, scan.Length) }, "stack")));
        return found[^1].Place;
    }

    private bool IsStacked(Tensor item) =>
        Xs.Contains(item, ReferenceEqualityComparer.Instance) || Ys.Contains(item, ReferenceEqualityComparer.Instance);

    private long Bytes(Tensor item) => (long)item.Shape.Size * item.DType.ByteSize;
}
