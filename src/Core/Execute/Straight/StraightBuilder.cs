using DistGrad.Plan;

namespace DistGrad.Execute.Straight;

/// <summary>
/// Makes a straight program of one that <see cref="StraightSize"/> admits: runs through it once, with registers
/// in the place of elements.
/// </summary>
internal sealed partial class StraightBuilder
{
    /// <summary>So many numbers are worth the way through memory to be done together.</summary>
    private const int FewestTogether = 3;

    private readonly Dictionary<(DType, long, Type?), Register> known = [];

    private readonly Block whole = new(null, BlockKind.Whole);
    private readonly Register arguments, results, frame;
    private Block current;
    private int areaBytes;
    private int someAt = -1;
    private int rooms;

    /// <summary>Results that a loop writes where they are wanted.</summary>
    private readonly Dictionary<Tensor, int> direct = new(ReferenceEqualityComparer.Instance);

    private StraightBuilder()
    {
        current = whole;
        (arguments, results, frame) = (Register.Given(whole, 0), Register.Given(whole, 1), Register.Given(whole, 2));
    }

    public static StraightProgram Build(Lambda program)
    {
        var builder = new StraightBuilder();
        builder.Run(program);
        Liveness.Prune(builder.whole);
        return new(Parting.Cut(builder.whole), builder.frame, builder.areaBytes, builder.rooms);
    }

    private void Run(Lambda program)
    {
        for (var i = 0; i < program.Results.Length; i++)
        {
            if (program.Results[i].Source.Operation is Scan)
                direct.TryAdd(program.Results[i], i);
        }
        var given = program.Parameters.Select((p, i) =>
            (Held)new Held.Stored(AddressAt(arguments, i), Layout.RowMajor(p.Shape), IsGiven: true));
        var made = Inline(program, [.. given]);
        for (var i = 0; i < made.Length; i++)
        {
            var (type, address) = (program.Results[i].Type, AddressAt(results, i));
            if (made[i] is Held.Stored stored && stored.Address == address)
                continue;
            Write(made[i], type, address, 0);
        }
    }

    /// <summary>What the program gives for what it is given.</summary>
    private Held[] Inline(Lambda program, ReadOnlySpan<Held> given)
    {
        var held = new Dictionary<Tensor, Held>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < given.Length; i++)
            held[program.Parameters[i]] = given[i];
        foreach (var node in program.Body)
        {
            var made = Of(node, [.. node.Operands.Select(o => held[o])]);
            for (var i = 0; i < made.Length; i++)
                held[node.Results[i]] = made[i];
        }
        return [.. program.Results.Select(r => held[r])];
    }

    private Held[] Of(Application node, Held[] x) => node.Operation switch
    {
        Literal literal => [new Held.Numbers(Known(literal.Value))],
        Iota iota => [new Held.Numbers(Known(iota.Of([])))],
        Reading reading => [Renamed(reading, node, x[0])],
        Primitive { IsFree: true } => [node.Operation is Reshape ? Reshaped(node, x[0]) : x[0]],
        Identity => [x[0]],
        Fused fused => Inline(fused.Body, x),
        While loop => Repeated(node, loop, x),
        Scan scan => Scanned(node, scan, x),
        Sweeps sweeps => Swept(node, sweeps, x),
        Cond cond => Chosen(node, cond, x),
        Concat concat => [new Held.Numbers(Joined(node, concat, x))],
        Pad pad => [new Held.Numbers(Padded(node, pad, x))],
        Sum => [new Held.Numbers(Reduced(node, x, StraightTable.Of<Add>(node.Results[0].DType)))],
        Max => [new Held.Numbers(Reduced(node, x, StraightTable.Of<Maximum>(node.Results[0].DType)))],
        Min => [new Held.Numbers(Reduced(node, x, StraightTable.Of<Minimum>(node.Results[0].DType)))],
        MatMul => [new Held.Numbers(Product(node, x))],
        Gather gather => [new Held.Numbers(Gathered(node, gather, x))],
        ScatterAdd scatter => [new Held.Numbers(Scattered(node, scatter, x))],
        CumSum running => [new Held.Numbers(Running(node, running, x))],
        _ when Form.LaneBytesOf(node, [.. x.Select(Form.Of)]) is var lane and > 0 => [ByVectors(node, x, lane)],
        _ => [new Held.Numbers(ByElement(node, x))],
    };

    private Register[] ByElement(Application node, Held[] x)
    {
        var operands = node.Operands.Select((o, i) => Elements(x[i], o.Type)).ToArray();
        var elements = new Register[node.Results[0].Shape.Size];
        var function = elements.Length == 0 ? null : StraightTable.Of(node);
        if (function?.Some is not null)
            ApplySome(function, [.. elements.Select((_, e) => operands.Select(o => o[e]).ToArray())]);
        for (var e = 0; e < elements.Length; e++)
            elements[e] = Simplified(node.Operation, [.. operands.Select(o => o[e])]) ??
                Apply(function!, [.. operands.Select(o => o[e])]);
        return elements;
    }

    /// <summary>
    /// What is known without computing anything, for numbers of any bits: x for 1 x, the one that is chosen.
    /// </summary>
    private Register? Simplified(Operation operation, Register[] x) => operation switch
    {
        Where when x[1] == x[2] => x[1],
        Where when x[0].IsKnown => x[0].Bits != 0 ? x[1] : x[2],
        Mul or StrongMul when IsOne(x[0]) => x[1],
        Mul or StrongMul when IsOne(x[1]) => x[0],
        // A product with a number that is neither 0 nor infinite is NaN only where the other is.
        StrongMul when x.Any(o => o.IsKnown && o.Number != 0 && double.IsFinite(o.Number)) =>
            Apply(StraightTable.Of<Mul>(x[0].DType), x),
        Cast when x[0].IsKnown && x[0].DType == ((Cast)operation).To => x[0],
        _ => null,
    };

    private static bool IsOne(Register x) => x.IsKnown && x.Number == 1;

    private Register Apply(StraightFunction function, params Register[] x)
    {
        if (function.Fold is { } fold && x.All(o => o.IsKnown))
            return Known(function.Result, fold(x));
        var key = Key(function, x);
        if (current.Find(key) is { } found)
            return found;
        var home = current.HomeOf(x);
        var y = Register.In(home, function.Result, function.Lane);
        home.Steps.Add(new Apply(function, x, y));
        return home.Found[key] = y;
    }

    /// <summary>
    /// Applies a function that is called to all that it has not been applied to yet, if these are some; whoever applies
    /// it to one of them then finds it done.
    /// </summary>
    private void ApplySome(StraightFunction function, Register[][] x)
    {
        var missing = x.DistinctBy(o => Key(function, o)).Where(o => current.Find(Key(function, o)) is null).ToArray();
        if (missing.Length < FewestTogether)
            return;
        var home = current.HomeOf([.. missing.SelectMany(o => o)]);
        Register[] y = [.. missing.Select(_ => Register.In(home, function.Result))];
        home.Steps.Add(new ApplySome(function, missing, y, frame, SomeAt()));
        for (var i = 0; i < y.Length; i++)
            home.Found[Key(function, missing[i])] = y[i];
    }

    private static Computation Key(StraightFunction function, Register[] x) =>
        new(function, x.ElementAtOrDefault(0), x.ElementAtOrDefault(1), x.ElementAtOrDefault(2));

    private Register Known(DType dtype, long bits, Type? lane = null)
    {
        if (!known.TryGetValue((dtype, bits, lane), out var register))
            known[(dtype, bits, lane)] = register = Register.Known(dtype, bits, lane);
        return register;
    }

    private Register Known(long x) => Known(DType.Int64, x);

    private Register[] Known(Value value) =>
    [
        .. Enumerable.Range(0, value.Shape.Size).Select(i => Known(value.DType, value.DType switch
        {
            DType.Float64 or DType.Float32 => Register.BitsOf(value.DType, value.Double(i)),
            _ => value.Long(i),
        })),
    ];
}
