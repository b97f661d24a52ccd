using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace DistGrad;

/// <summary>
/// A primitive's line in the table: its name, how it is read from its constants, and specimens for its laws.
/// </summary>
internal sealed record PrimitiveEntry(
    string Name, Type Type, Func<AttributeReader, Primitive> Read, Func<IEnumerable<Specimen>> Specimens);

/// <summary>Every primitive, one line each. Whatever must hold of all of them enumerates this table.</summary>
internal static class PrimitiveTable
{
    public static ImmutableArray<PrimitiveEntry> All { get; } =
    [
        Of<Neg>(),
        Of<Add>(),
        Of<Sub>(),
        Of<Mul>(),
        Of<StrongMul>(),
        Of<Div>(),

        Of<Abs>(),
        Of<Sign>(),
        Of<Floor>(),
        Of<Round>(),

        Of<Exp>(),
        Of<Expm1>(),
        Of<Log>(),
        Of<Log1p>(),
        Of<Sqrt>(),
        Of<Rsqrt>(),
        Of<Pow>(),

        Of<Sin>(),
        Of<Cos>(),
        Of<Tan>(),
        Of<Asin>(),
        Of<Acos>(),
        Of<Atan>(),
        Of<Atan2>(),
        Of<Sinh>(),
        Of<Cosh>(),
        Of<Tanh>(),
        Of<Asinh>(),
        Of<Acosh>(),
        Of<Atanh>(),

        Of<Sigmoid>(),
        Of<Softplus>(),
        Of<Relu>(),
        Of<Erf>(),
        Of<Erfc>(),
        Of<Erfinv>(),
        Of<Lgamma>(),
        Of<Digamma>(),
        Of<Polygamma>(),

        Of<Maximum>(),
        Of<Minimum>(),
        Of<Less>(),
        Of<LessOrEqual>(),
        Of<Equal>(),
        Of<Where>(),

        Of<Cast>(),
        Of<Identity>(),
        Of<StopGradient>(),
        Of<After>(),

        Of<Reshape>(),
        Of<Permute>(),
        Of<Broadcast>(),
        Of<Slice>(),
        Of<Flip>(),
        Of<Pad>(),
        Of<Concat>(),

        Of<Sum>(),
        Of<Max>(),
        Of<Min>(),
        Of<ArgMax>(),
        Of<ArgMin>(),
        Of<MatMul>(),
        Of<Convolution>(),
        Of<WindowSum>(),
        Of<WindowArgMax>(),

        Of<Gather>(),
        Of<ScatterAdd>(),
        Of<CumSum>(),
        Of<ArgSort>(),

        Of<Cholesky>(),
        Of<TriangularSolve>(),
        Of<Lu>(),
        Of<Solve>(),
        Of<Qr>(),
        Of<Eigh>(),

        Of<Iota>(),
        Of<RandomBits>(),
        Of<RandomUniform>(),

        Of<Cond>(),
        Of<Scan>(),
        Of<While>(),
        Of<Sweeps>(),
        Of<Implicit>(),
        Of<CustomJvp>(),
        Of<CustomVjp>(),
        Of<CustomLinear>(),
        Of<Checkpointed>(),
        Of<CheckpointedLinear>(),
    ];

    private static readonly Dictionary<string, PrimitiveEntry> ByName = All.ToDictionary(e => e.Name);

    public static bool TryFind(string name, [NotNullWhen(true)] out PrimitiveEntry? entry) =>
        ByName.TryGetValue(name, out entry);

    private static PrimitiveEntry Of<T>() where T : Primitive, IPrimitive<T> =>
        new(NameOf<T>(), typeof(T), T.Read, () => T.Specimens);

    // A primitive's name does not depend on the constants that it carries, so one without any can be asked for it.
    private static string NameOf<T>() where T : Primitive => ((T)RuntimeHelpers.GetUninitializedObject(typeof(T))).Name;
}
