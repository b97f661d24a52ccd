using System.Collections.Immutable;
using DistGrad.Verification;

namespace DistGrad.Properties.Generators;

/// <summary>Functions of tensors as closed programs of their inputs.</summary>
static class Closed
{
    public static Lambda Of(RandomProgram program) =>
        Of([.. program.Inputs.Select(s => new TensorType(program.DType, s))], x => [program.Apply(x)]);

    public static Lambda Total(RandomProgram program) =>
        Of([.. program.Inputs.Select(s => new TensorType(program.DType, s))], x => [program.Total(x)]);

    public static Lambda Of(ImmutableArray<TensorType> inputs, Func<ImmutableArray<Tensor>, ImmutableArray<Tensor>> f)
    {
        ImmutableArray<Tensor> parameters = [.. inputs.Select((type, i) => Tensor.Parameter(type, $"x{i}", "f"))];
        return new("f", parameters, f(parameters));
    }
}
