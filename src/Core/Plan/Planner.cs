using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace DistGrad.Plan;

/// <summary>
/// Turns a program into a plan: readings become views of the buffer they read, the rest become instructions, and each
/// buffer of the arena is given to another tensor as soon as its last reader has run.
/// </summary>
internal sealed class Planner
{
    /// <summary>
    /// Numbers that are counted once, when the plan is made, and kept with it; more are counted in each run.
    /// </summary>
    private const int LongestCount = 1 << 14;

    private readonly List<Storage> buffers = [];
    private readonly List<Instruction> instructions = [];
    private readonly Dictionary<Tensor, View> views = new(ReferenceEqualityComparer.Instance);

    /// <summary>What was written out in row-major order, by how it lay.</summary>
    private readonly Dictionary<View, View> copies = [];

    /// <summary>
    /// Which buffers a result of the program is written to directly, since it is computed and returned once.
    /// </summary>
    private readonly Dictionary<Tensor, int> direct = new(ReferenceEqualityComparer.Instance);

    private readonly bool isStraight;

    private Planner(bool isStraight) => this.isStraight = isStraight;

    /// <summary>
    /// The plan of a program; untiled, or never straight, it differs in where and when it computes, and in no bit. So
    /// it does where other sizes are taken for more than the caches hold.
    /// </summary>
    public static Plan Plan(
        Lambda program, bool isTiled = true, long caches = Traffic.LargerThanCaches, bool isStraight = true) =>
        new Planner(isStraight).Run(Fusion.Fuse(Lowering.Lower(program)), isTiled, caches);

    /// <summary>As <see cref="Plan"/>, for a program held by another, which is lowered already.</summary>
    private Plan PlanHeld(Lambda program) =>
        new Planner(isStraight).Run(Fusion.Fuse(program), isTiled: true, Traffic.LargerThanCaches);

    private Plan Run(Lambda fused, bool isTiled, long caches)
    {
        var program = Epilogues.Attached(fused);
        foreach (var parameter in program.Parameters)
            views[parameter] = Whole(
                parameter.Type, new Storage.Argument(parameter.DType, parameter.Shape.Size, views.Count));
        ReserveResults(program);
        foreach (var node in Schedule.Of(program))
            Place(node);
        ReturnOthers(program);
        var tilings = InPlace.Find(buffers, instructions, isTiled ? Tiling.Find(buffers, instructions) : []);
        Traffic.Find(buffers, instructions, tilings, caches);
        var (assigned, bytes, live) = Lifetimes.Assign(buffers, instructions, tilings);
        return new(fused, assigned, [.. instructions], tilings, bytes, live, isStraight);
    }

    private void ReserveResults(Lambda program)
    {
        for (var i = 0; i < program.Results.Length; i++)
        {
            var result = program.Results[i];
            if (IsComputed(result.Source))
                direct.TryAdd(result, Add(new Storage.Result(result.DType, result.Shape.Size, i)));
        }
    }

    /// <summary>
    /// Results that are a parameter, a literal, a reading of something or another result once more are copied, unless
    /// they are all of a buffer of the arena, in order: that is then the result's.
    /// </summary>
    private void ReturnOthers(Lambda program)
    {
        var returned = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < program.Results.Length; i++)
        {
            var result = program.Results[i];
            if (returned.Add(result) && direct.ContainsKey(result))
                continue;
            var storage = new Storage.Result(result.DType, result.Shape.Size, i);
            if (IsWhole(views[result]))
            {
                buffers[views[result].Buffer] = storage;
                continue;
            }
            var target = Add(storage);
            instructions.Add(
                new(Identity.Instance, result.Source, [views[result]], [View.RowMajor(target, result.Type)], []));
        }
    }

    private bool IsWhole(View view) =>
        buffers[view.Buffer] is Storage.Scratch scratch && scratch.Size == view.Shape.Size && view.IsRowMajor;

    private static bool IsComputed(Application node) =>
        node.Operation is Primitive { IsFree: false } && !(node.Operation is Iota iota && IsConstant(iota));

    private static bool IsConstant(Iota iota) => iota.Shape[iota.Axis] <= LongestCount;

    /// <summary>Counting along an axis is reading the numbers of one axis again and again.</summary>
    private View Counted(Iota iota)
    {
        var numbers = new Iota(iota.Element, [iota.Shape[iota.Axis]], 0).Of([]);
        Ints strides = [.. Enumerable.Range(0, iota.Shape.Rank).Select(axis => axis == iota.Axis ? 1 : 0)];
        return new(Add(new Storage.Constant(numbers)), new(iota.Element, iota.Shape), new(strides, 0));
    }

    private void Place(Application node)
    {
        switch (node.Operation)
        {
            case Literal literal:
                views[node.Results[0]] = Whole(node.Results[0].Type, new Storage.Constant(literal.Value));
                break;
            case Iota iota when IsConstant(iota):
                views[node.Results[0]] = Counted(iota);
                break;
            case Reading reading:
                var source = views[node.Operands[0]];
                views[node.Results[0]] = new(
                    source.Buffer, node.Results[0].Type, reading.Read(source.Shape, source.Layout));
                break;
            case Reshape:
                views[node.Results[0]] = Reshaped(node, views[node.Operands[0]], node.Results[0].Type);
                break;
            case Primitive { IsFree: true }:
                views[node.Results[0]] = views[node.Operands[0]];
                break;
            case Primitive primitive:
                Emit(primitive, node);
                break;
        }
    }

    private void Emit(Primitive primitive, Application node)
    {
        var held = primitive is HigherOrder holder ? [.. holder.Held.Select(PlanHeld)] : ImmutableArray<Plan>.Empty;
        var operands = new View[node.Operands.Length];
        for (var i = 0; i < operands.Length; i++)
            operands[i] = Readable(primitive, node, i, views[node.Operands[i]]);
        var results = new View[node.Results.Length];
        for (var i = 0; i < results.Length; i++)
            views[node.Results[i]] = results[i] = Whole(node.Results[i]);
        instructions.Add(new(
            primitive, node, ImmutableCollectionsMarshal.AsImmutableArray(operands),
            ImmutableCollectionsMarshal.AsImmutableArray(results), held));
    }

    /// <summary>
    /// The operand as the primitive's kernel reads it: elementwise ones take any strides, a matrix product any matrix.
    /// </summary>
    private View Readable(Primitive primitive, Application node, int index, View operand) => primitive switch
    {
        // What is added to is one number as a rule, zero, which the kernel repeats itself.
        ScatterAdd when index == 0 && operand.IsUniform => operand,
        ScatterAdd when index == 1 => operand,
        Fused or MatMul or FusedMatMul or Concat or Pad or Gather or Cast => operand,
        Reduction reduction => Canonical(node, operand, reduction.Axes),
        _ => RowMajor(node, operand),
    };

    private View RowMajor(Application node, View operand) => operand.IsRowMajor ? operand : Copied(node, operand);

    /// <summary>Row-major, with the reduced axes next to each other.</summary>
    private View Canonical(Application node, View operand, Ints axes)
    {
        if (Folded.AreNeighbours(axes))
            return RowMajor(node, operand);
        Permute together = new([.. Enumerable.Range(0, operand.Shape.Rank).Where(a => !axes.Contains(a)), .. axes]);
        View turned = new(
            operand.Buffer,
            new(operand.DType, together.ResultShape(operand.Shape)),
            together.Read(operand.Shape, operand.Layout));
        return RowMajor(node, turned);
    }

    private View Copied(Application node, View operand)
    {
        if (copies.TryGetValue(operand, out var copy))
            return copy;
        copy = Whole(operand.Type, new Storage.Scratch(operand.DType, operand.Shape.Size, 0));
        instructions.Add(new(Identity.Instance, node, [operand], [copy], []));
        return copies[operand] = copy;
    }

    private View Reshaped(Application node, View operand, TensorType type)
    {
        if (operand.IsUniform && operand.Shape.Size > 0)
            return new(operand.Buffer, type, new(Ints.Repeat(0, type.Shape.Rank), operand.Layout.Offset));
        var source = RowMajor(node, operand);
        return new(source.Buffer, type, new(type.Shape.Strides(), source.Layout.Offset));
    }

    private View Whole(Tensor result) => direct.TryGetValue(result, out var buffer)
        ? View.RowMajor(buffer, result.Type)
        : Whole(result.Type, new Storage.Scratch(result.DType, result.Shape.Size, 0));

    private View Whole(TensorType type, Storage buffer) => View.RowMajor(Add(buffer), type);

    private int Add(Storage buffer)
    {
        buffers.Add(buffer);
        return buffers.Count - 1;
    }
}
