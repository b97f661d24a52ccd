namespace DistGrad.Oracle.Kinds;

/// <summary>Calls of transforms, and of what reads values out of tensors, that must be refused.</summary>
internal static class Verbs
{
    public static Dictionary<string, Action<Case>> All { get; } = new()
    {
        ["grad"] = Grad,
        ["jvp"] = Jvp,
        ["vjp"] = Vjp,
        ["item"] = @case => Input(@case).Item(),
    };

    private static void Grad(Case @case)
    {
        // An argument is named by its place in a tree, so one that is not there cannot be asked for.
        if (@case.Options.Has("argnum"))
            throw new SkippedException("grad: arguments are not numbered");
        Diff.Grad(Input(@case), Function(@case));
    }

    private static void Vjp(Case @case)
    {
        var cotangent = Ones(@case.Options.Ints("cotangent_shape"));
        Diff.Vjp(Input(@case), Function(@case)).Pullback(cotangent);
    }

    private static void Jvp(Case @case)
    {
        var (x, f) = (Input(@case), Function(@case));
        if (@case.Options.Has("tangents"))
            Diff.Jvp([x], [.. Enumerable.Repeat(x, @case.Options.Int("tangents"))], (List<Tensor> xs) => f(xs[0]));
        else
            Diff.Jvp(x, Ones(@case.Options.Ints("tangent_shape")), f);
    }

    private static Func<Tensor, Tensor> Function(Case @case) => @case.Options.Text("function") switch
    {
        "2*x" => x => 2 * x,
        "sum" => x => x.Sum(),
        "sum(x*x)" => x => (x * x).Sum(),
        "if x > 0" => x => (x > 0).Item() == 1 ? x.Sum() : -x.Sum(),
        var other => throw new SkippedException($"{@case.Op} of {other}: an unknown function"),
    };

    private static Tensor Input(Case @case)
    {
        int[] shape = [.. @case["input_shapes"][0].EnumerateArray().Select(d => d.GetInt32())];
        return @case.Options.Has("input_dtype") && @case.Options.Text("input_dtype") == "int64"
            ? Ones(shape).Cast(DType.Int64)
            : Ones(shape);
    }

    private static Tensor Ones(int[] shape) => Tensor.Ones([.. shape], DType.Float64);
}
