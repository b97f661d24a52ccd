using System.Collections.Immutable;
using DistGrad.Oracle.Operations;
using DistGrad.Transforms;

namespace DistGrad.Oracle.Kinds;

/// <summary>
/// A call as a program of its inputs, a cotangent for each floating-point result and a tangent for each floating-point
/// input; every quantity is a transform of that one program, run on the values of the case.
/// </summary>
internal sealed class TracedCase
{
    private readonly Settings settings;
    private readonly Values values = new();
    private readonly ImmutableArray<Tensor> inputs;
    private readonly ImmutableArray<Tensor> variables;
    private readonly ImmutableArray<Tensor> results;
    private readonly ImmutableArray<Tensor?> cotangents;
    private readonly ImmutableArray<Tensor> tangents;
    private readonly Lazy<ImmutableArray<Tensor>> gradients;

    /// <summary>
    /// A case whose floating-point numbers are rounded to a type before they are taken in the type of the run.
    /// </summary>
    public TracedCase(Case @case, Verb operation, Settings settings, DType rounded)
    {
        this.settings = settings;
        Value Given(Value value) => Arrays.In(settings.DType, Arrays.In(rounded, value));
        inputs = [.. @case.ArraysOf("inputs").Select((v, i) => values.Parameter(Given(v!), $"input {i}"))];
        variables = [.. inputs.Where(x => x.DType.IsFloat)];
        results = operation(inputs, @case.Options);
        var (ct, dx) = (@case.ArraysOf("cotangents"), @case.ArraysOf("tangents"));
        cotangents = [.. results.Select((y, i) => !y.DType.IsFloat || (ct.Length > i && ct[i] is null)
            ? null
            : values.Parameter(ct.Length > i ? Given(ct[i]!) : Value.Full(y.DType, y.Shape, 1), $"cotangent {i}"))];
        tangents = [.. variables.Select(x => (x, given: dx.ElementAtOrDefault(inputs.IndexOf(x))))
            .Select((pair, i) => values.Parameter(
                pair.given is { } d ? Given(d) : Value.Full(pair.x.DType, pair.x.Shape, 0), $"tangent {i}"))];
        gradients = new(() => Written(Vjp.Run(results, variables, cotangents), variables));
    }

    public ImmutableArray<Value> Outputs() => Evaluate(results);

    /// <summary>
    /// A gradient for each input; that of an input that is not differentiated is its value, which nobody compares.
    /// </summary>
    public ImmutableArray<Value> Gradients() => ForInputs(gradients.Value);

    public ImmutableArray<Value> Tangents() => Evaluate(Along(results));

    /// <summary>The derivative of the gradients along the tangents.</summary>
    public ImmutableArray<Value> SecondOrder() => ForInputs(Along(gradients.Value));

    /// <summary>
    /// The Hessian over all floating-point inputs, flat: the second-order products with all unit vectors at once.
    /// </summary>
    public Value Hessian() => Evaluate([Batched(Flat(Along(gradients.Value)), tangents)])[0];

    /// <summary>The Jacobian of the flat results, by reverse mode from all unit cotangents at once.</summary>
    public Value JacobianByRows() => Evaluate([Batched(Flat(gradients.Value), [.. cotangents.OfType<Tensor>()])])[0];

    /// <summary>The same by forward mode along all unit tangents at once.</summary>
    public Value JacobianByColumns() => Evaluate([Batched(Flat(Along(results)), tangents).SwapAxes()])[0];

    /// <summary>
    /// The gradient of the second-order product with the tangents on both sides, which are held constant.
    /// </summary>
    public Value Third()
    {
        var along = Along(gradients.Value).Zip(tangents, (h, v) => (h * v).Sum()).Aggregate((x, y) => x + y);
        return Evaluate([Flat(Written(Vjp.Run([along], variables, [Tensor.Full(along.DType, [], 1)]), variables))])[0];
    }

    private ImmutableArray<Tensor> Along(ImmutableArray<Tensor> of) =>
        Written(Jvp.Run(of, variables, [.. tangents]), of);

    private static ImmutableArray<Tensor> Written(ImmutableArray<Tensor?> derivatives, ImmutableArray<Tensor> like) =>
        [.. derivatives.Select((d, i) => d ?? Tensor.ZerosLike(like[i]))];

    private static Tensor Flat(ImmutableArray<Tensor> parts) => Tensor.Concat(parts.Select(p => p.Flatten()));

    /// <summary>A vector for each unit vector over these directions, laid end to end.</summary>
    private static Tensor Batched(Tensor vector, ImmutableArray<Tensor> directions)
    {
        var size = directions.Sum(d => d.Shape.Size);
        var parts = Tensor.Eye(size, vector.DType).Split(1, [.. directions.Select(d => d.Shape.Size)]);
        return Vmap.Run(
            size, [vector], directions,
            [.. parts.Select((p, i) => p.Reshape(directions[i].Shape.Insert(0, size)))])[0];
    }

    private ImmutableArray<Value> ForInputs(ImmutableArray<Tensor> ofVariables) =>
        Evaluate([.. inputs.Select(x => variables.IndexOf(x) is var i && i >= 0 ? ofVariables[i] : x)]);

    private ImmutableArray<Value> Evaluate(ImmutableArray<Tensor> of) =>
        Evaluation.Evaluate(new Lambda("case", values.Parameters, of), values.Given, settings.Mode);

    /// <summary>Parameters and what they are given.</summary>
    private sealed class Values
    {
        private readonly List<(Tensor Parameter, Value Value)> all = [];

        public ImmutableArray<Tensor> Parameters => [.. all.Select(v => v.Parameter)];

        public ImmutableArray<Value> Given => [.. all.Select(v => v.Value)];

        public Tensor Parameter(Value value, string label)
        {
            var parameter = Tensor.Parameter(new(value.DType, value.Shape), label, "case");
            all.Add((parameter, value));
            return parameter;
        }
    }
}
