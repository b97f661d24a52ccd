using System.Collections.Immutable;

namespace DistGrad.Plan;

/// <summary>
/// Attaches loops to the matrix products that they read (<see cref="FusedMatMul"/>), where nothing else has to be
/// waited for. Reductions in such a loop are left to themselves, and read what it stores.
/// </summary>
internal sealed class Epilogues
{
    /// <summary>A smaller product is still in the caches when a loop of its own reads it.</summary>
    private const int CachedBytes = 128 << 10;

    /// <summary>Of a smaller matrix, one call more costs more than it spares.</summary>
    private const int SmallMatrixBytes = 4 << 10;

    /// <summary>
    /// Over more positions of k the loop takes next to nothing beside the product, whose panels have driven what the
    /// loop reads out of the caches when it is needed.
    /// </summary>
    private const int LongestSum = 512;

    /// <summary>Of narrower rows, a loop's vectors are not full.</summary>
    private const int VectorBytes = 64;

    /// <summary>
    /// The compiled form of what is done with an element has no more variables: there is one for every vector of a
    /// tile, and the runtime's compiler inlines only so much into one method.
    /// </summary>
    private const int MostVariables = 6;

    private readonly Lambda program;
    private readonly Dictionary<Application, int> ready = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Application?> readers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Application, Epilogue> found = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, Tensor> stand = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Application> done = new(ReferenceEqualityComparer.Instance);

    private Epilogues(Lambda program) => this.program = program;

    /// <summary>The same program, its products with their epilogues.</summary>
    public static Lambda Attached(Lambda program)
    {
        if (!program.Body.Any(IsProduct))
            return program;
        var epilogues = new Epilogues(program);
        epilogues.Find();
        return epilogues.found.Count == 0 ? program : epilogues.Rebuilt();
    }

    private static bool IsProduct(Application node) =>
        node.Operation is MatMul && node.Results[0] is { DType: { IsFloat: true } dtype, Shape: var shape } &&
        shape.Size * (long)dtype.ByteSize > CachedBytes &&
        shape[^1] * (long)shape[^2] * dtype.ByteSize >= SmallMatrixBytes &&
        shape[^1] * dtype.ByteSize >= VectorBytes && shape[^2] > 1 && node.Operands[0].Shape[^1] <= LongestSum;

    private void Find()
    {
        foreach (var result in program.Results)
            readers[result] = null;
        for (var i = 0; i < program.Body.Length; i++)
        {
            var node = program.Body[i];
            foreach (var operand in node.Operands)
                readers[operand] = readers.ContainsKey(operand) ? null : node;
            ready[node] = node.Operation is Literal ? -1
                : IsReading(node) ? node.Operands.Select(ReadyAt).DefaultIfEmpty(-1).Max()
                : i;
            if (node.Operation is Fused loop && CanSplit(loop))
                Attach(node, loop);
        }
    }

    private int ReadyAt(Tensor tensor) => ready.GetValueOrDefault(tensor.Source, -1);

    /// <summary>Whether the loop stores something, and its reductions are of what it stores.</summary>
    private static bool CanSplit(Fused loop) =>
        loop.Body.Body.Where(n => n.Operation is not Reduction).Sum(LoopTraits.Variables) <= MostVariables &&
        loop.Body.Results.Any(r => !IsReduction(r)) &&
        loop.Body.Results.All(r => !IsReduction(r) || loop.Body.Results.Contains(r.Source.Operands[0]));

    private static bool IsReading(Application node) => node.Operation is Reshape or { IsFree: true };

    private static bool IsReduction(Tensor result) => result.Source.Operation is Reduction;

    /// <summary>
    /// To the last product that the loop reads, if all else that it reads is there before the product: nothing that
    /// waits for it, nor another reading of it.
    /// </summary>
    private void Attach(Application node, Fused loop)
    {
        var place = Enumerable.Range(0, node.Operands.Length).MaxBy(i => ReadyAt(node.Operands[i]));
        var product = Flat(node.Operands[place]).Source;
        if (IsProduct(product) && !found.ContainsKey(product) &&
            loop.Space.Rank > 0 && loop.Space[^1] == product.Results[0].Shape[^1] &&
            node.Operands.Index().All(o => o.Index == place || ReadyAt(o.Item) < ready[product]))
        {
            found[product] = new(node, loop, place);
        }
    }

    /// <summary>What is there in the same order, in another shape.</summary>
    private static Tensor Flat(Tensor tensor)
    {
        while (tensor.Source.Operation is Reshape)
            tensor = tensor.Source.Operands[0];
        return tensor;
    }

    /// <summary>Whether anything but the loop reads the product.</summary>
    private bool IsReadElsewhere(Tensor product, Application loop)
    {
        while (readers[product] is { Operation: Reshape } reshape)
            product = reshape.Results[0];
        return readers[product] != loop;
    }

    private Lambda Rebuilt()
    {
        var loops = found.Values.Select(e => e.Node).ToHashSet<Application>(ReferenceEqualityComparer.Instance);
        foreach (var node in program.Body.Where(n => !loops.Contains(n)))
            Rebuild(node);
        return new(program.Name, program.Parameters, [.. program.Results.Select(Stand)]);
    }

    private Tensor Stand(Tensor tensor) => stand.GetValueOrDefault(tensor, tensor);

    private void Rebuild(Application node)
    {
        if (!done.Add(node))
            return;
        if (found.TryGetValue(node, out var epilogue))
            Fuse(node, epilogue);
        else
            Substitute.Rebuild([node], stand, []);
    }

    private void Fuse(Application product, Epilogue epilogue)
    {
        var (node, loop, place) = epilogue;
        foreach (var (index, operand) in node.Operands.Index())
        {
            if (index != place)
                RebuildReadings(operand);
        }
        ImmutableArray<Tensor> stored = [.. loop.Body.Results.Where(r => !IsReduction(r))];
        var factor = loop.Body.Parameters[place];
        var body = new Lambda("loop", [factor, .. loop.Body.Parameters.RemoveAt(place)], stored);
        var home = IsReadElsewhere(product.Results[0], node) ? stored.Length : Home(body, factor);
        var fused = Application.Of(
            new FusedMatMul(new(body), product.Results[0].Type, home),
            [.. product.Operands.Concat(node.Operands.RemoveAt(place)).Select(Stand)]);
        if (home == stored.Length)
            stand[product.Results[0]] = fused.Results[home];
        for (var i = 0; i < loop.Body.Results.Length; i++)
        {
            var result = loop.Body.Results[i];
            stand[node.Results[i]] = IsReduction(result)
                ? Tensor.Apply(result.Source.Operation, fused.Results[stored.IndexOf(result.Source.Operands[0])])
                : fused.Results[stored.IndexOf(result)];
        }
    }

    /// <summary>Readings of what is there already may stand behind the product.</summary>
    private void RebuildReadings(Tensor tensor)
    {
        if (!IsReading(tensor.Source) && tensor.Source.Operation is not Literal)
            return;
        foreach (var operand in tensor.Source.Operands)
            RebuildReadings(operand);
        Rebuild(tensor.Source);
    }

    /// <summary>
    /// A result of the product's type that is computed when nothing reads the product any more; else none, and the
    /// product needs memory of its own.
    /// </summary>
    private static int Home(Lambda body, Tensor product)
    {
        var last = body.Body.LastOrDefault(n => n.Operands.Contains(product));
        var from = last is null ? -1 : body.Body.IndexOf(last);
        var home = body.Results.ToList().FindIndex(
            r => r.DType == product.DType && body.Body.IndexOf(r.Source) is var at && at >= 0 && at >= from);
        return home < 0 ? body.Results.Length : home;
    }

    /// <summary>The loop that is attached to a product, and which of its operands the product is.</summary>
    private sealed record Epilogue(Application Node, Fused Loop, int Place);
}
