using System.Numerics;
using System.Runtime.Intrinsics;
using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>The same lanes.</summary>
internal readonly struct SameOf<T> : IConversion<T, T>
{
    public static Vector512<T> Of(Vector512<T> x) => x;
}

/// <summary>Rounded towards 0; beyond the ends the nearest integer that there is; NaN gives 0.</summary>
internal readonly struct ToIntegerOf : IConversion<float, int>, IConversion<double, long>
{
    public static Vector512<int> Of(Vector512<float> x) => Vector512.ConvertToInt32(x);

    public static Vector512<long> Of(Vector512<double> x) => Vector512.ConvertToInt64(x);
}

internal readonly struct ToFloatOf : IConversion<int, float>, IConversion<long, double>
{
    public static Vector512<float> Of(Vector512<int> x) => Vector512.ConvertToSingle(x);

    public static Vector512<double> Of(Vector512<long> x) => Vector512.ConvertToDouble(x);
}

/// <summary>All ones where not 0.</summary>
internal readonly struct ToTruthOf<T> : IConversion<T, T>
{
    public static Vector512<T> Of(Vector512<T> x) => ~Vector512.Equals(x, Vector512<T>.Zero);
}

/// <summary>1 where all ones, else 0.</summary>
internal readonly struct OfTruthOf<T> : IConversion<T, T> where T : INumberBase<T>
{
    public static Vector512<T> Of(Vector512<T> x) => x & Vector512.Create(T.One);
}

/// <summary>Relations of truth values, which are all ones or all zeros; false is less than true.</summary>
internal readonly struct LessTruthOf : IBinary<int>, IBinary<long>
{
    public static Vector512<int> Of(Vector512<int> x, Vector512<int> y) => Vector512.AndNot(y, x);

    public static Vector512<long> Of(Vector512<long> x, Vector512<long> y) => Vector512.AndNot(y, x);
}

internal readonly struct LessOrEqualTruthOf : IBinary<int>, IBinary<long>
{
    public static Vector512<int> Of(Vector512<int> x, Vector512<int> y) => ~x | y;

    public static Vector512<long> Of(Vector512<long> x, Vector512<long> y) => ~x | y;
}

internal readonly struct EqualTruthOf : IBinary<int>, IBinary<long>
{
    public static Vector512<int> Of(Vector512<int> x, Vector512<int> y) => ~(x ^ y);

    public static Vector512<long> Of(Vector512<long> x, Vector512<long> y) => ~(x ^ y);
}
