using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>
/// Tensors as vectors: what is done to them lane by lane, and how they come from numbers and memory and go there.
/// </summary>
internal sealed partial class StraightBuilder
{
    private static readonly object ReadsOfVectors = new(), Splits = new();

    /// <summary>What an elementwise application of vectors gives.</summary>
    private Held ByVectors(Application node, Held[] x, int laneBytes)
    {
        if (SimplifiedVectors(node.Operation, x) is { } same)
            return same;
        var operands = node.Operands.Select((o, i) => VectorsOf(x[i], o.Type, laneBytes)).ToArray();
        var function = StraightTable.OfVectors(ReplacedStrongProduct(node, x), laneBytes);
        Register[][] each =
        [
            .. Enumerable.Range(0, Form.Vectors(node.Results[0].Shape, laneBytes))
                .Select(v => operands.Select(o => o[v]).ToArray()),
        ];
        return new Held.Vectors(
            function.Some is null ? [.. each.Select(o => Apply(function, o))] : ApplyAll(function, each), laneBytes);
    }

    /// <summary>As <see cref="Simplified"/>, where the same is known of all elements.</summary>
    private static Held? SimplifiedVectors(Operation operation, Held[] x) => operation switch
    {
        Where when Uniform(x[0]) is { IsKnown: true } chosen => chosen.Bits != 0 ? x[1] : x[2],
        Mul or StrongMul when Uniform(x[0]) is { } one && IsOne(one) => x[1],
        Mul or StrongMul when Uniform(x[1]) is { } one && IsOne(one) => x[0],
        _ => null,
    };

    // A product with a number that is neither 0 nor infinite is NaN only where the other is.
    private static Application ReplacedStrongProduct(Application node, Held[] x) =>
        node.Operation is StrongMul && x.Any(
            o => Uniform(o) is { IsKnown: true } factor && factor.Number != 0 && double.IsFinite(factor.Number))
            ? Application.Of(new Mul(), node.Operands)
            : node;

    /// <summary>The number that all elements are, if it is known to be one.</summary>
    private static Register? Uniform(Held x) =>
        x is Held.Numbers { Elements: [var first, ..] all } && all.All(e => e == first) ? first : null;

    private Register[] ApplyAll(StraightFunction function, Register[][] x)
    {
        var missing = x.DistinctBy(o => Key(function, o)).Where(o => current.Find(Key(function, o)) is null).ToArray();
        if (missing.Length > 0)
        {
            var home = current.HomeOf([.. missing.SelectMany(o => o)]);
            Register[] y = [.. missing.Select(_ => Register.In(home, function.Result, function.Lane))];
            home.Steps.Add(new ApplyVectors(function, missing, y, frame, SomeAt()));
            for (var i = 0; i < y.Length; i++)
                home.Found[Key(function, missing[i])] = y[i];
        }
        return [.. x.Select(o => current.Find(Key(function, o))!)];
    }

    /// <summary>The vectors of a tensor, whose lanes have so many bytes.</summary>
    private Register[] VectorsOf(Held x, TensorType type, int laneBytes)
    {
        if (x is Held.Vectors vectors && vectors.LaneBytes == laneBytes)
            return vectors.All;
        var count = Form.Vectors(type.Shape, laneBytes);
        if (x is Held.Stored stored && Form.Of(x).IsRowMajor(type))
            return [.. Enumerable.Range(0, count).Select(v => LoadedVector(stored, type, laneBytes, v))];
        var lane = LaneTable.LaneOf(type.DType, laneBytes);
        if (Uniform(x) is { } all)
            return [.. Enumerable.Repeat(Repeated(all, lane), count)];
        // Numbers are joined once; of what is read from memory the elements are others each time.
        var elements = Elements(x, type);
        return
        [
            .. elements.Chunk(LaneFunction.VectorBytes / laneBytes)
                .Select((e, v) => Joined(e, type.DType, lane, new(elements, Known(laneBytes), Known(v)))),
        ];
    }

    private Register LoadedVector(Held.Stored from, TensorType type, int laneBytes, int number)
    {
        var home = from.IsGiven ? current.HomeOf([from.Address]) : current;
        var y = Register.In(home, type.DType, LaneTable.LaneOf(type.DType, laneBytes));
        var offset = (from.Layout.Offset + (number * y.Lanes)) * type.DType.ByteSize;
        Computation key = new(ReadsOfVectors, from.Address, Known(offset), Known(y.Lanes));
        if (from.IsGiven && current.Find(key) is { } found)
            return found;
        home.Steps.Add(new LoadVector(from.Address, offset, type.Shape.Size - (number * y.Lanes), y));
        return from.IsGiven ? home.Found[key] = y : y;
    }

    private Register Repeated(Register x, Type lane) => x.IsKnown
        ? Known(x.DType, x.Bits, lane)
        : Apply(StraightTable.Repetition(x.DType, lane), x);

    private Register Joined(Register[] x, DType dtype, Type lane, Computation key)
    {
        if (current.Find(key) is { } found)
            return found;
        var home = current.HomeOf(x);
        var y = Register.In(home, dtype, lane);
        home.Steps.Add(new JoinLanes(x, y, frame, SomeAt()));
        return home.Found[key] = y;
    }

    /// <summary>The elements of vectors as numbers.</summary>
    private Register[] Split(Held.Vectors x, TensorType type)
    {
        var elements = new List<Register>();
        foreach (var vector in x.All)
        {
            var count = Math.Min(vector.Lanes, type.Shape.Size - elements.Count);
            elements.AddRange(
                vector.IsKnown
                    ? Enumerable.Repeat(Known(vector.DType, vector.Bits), count)
                    : Split(vector, count));
        }
        return [.. elements];
    }

    private Register[] Split(Register vector, int count)
    {
        if (current.Find(Key(0)) is null)
        {
            var home = current.HomeOf([vector]);
            Register[] made = [.. Enumerable.Range(0, count).Select(_ => Register.In(home, vector.DType))];
            home.Steps.Add(new SplitLanes(vector, made, frame, SomeAt()));
            for (var lane = 0; lane < count; lane++)
                home.Found[Key(lane)] = made[lane];
        }
        return [.. Enumerable.Range(0, count).Select(lane => current.Find(Key(lane))!)];

        Computation Key(int lane) => new(Splits, vector, Known(lane));
    }

    /// <summary>Where in the frame what is done by way of memory passes through.</summary>
    private int SomeAt()
    {
        if (someAt < 0)
        {
            someAt = (areaBytes + LaneFunction.VectorBytes - 1) & -LaneFunction.VectorBytes;
            areaBytes = someAt + LaneCalls.Result + LaneCalls.Apart;
        }
        return someAt;
    }
}
