using System.Runtime.Intrinsics;

namespace DistGrad.Execute.Kernels;

/// <summary>A function of one number, for a vector of them: each lane from that lane alone.</summary>
internal interface IUnary<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x);
}

/// <summary>
/// A function of two numbers, for vectors of them; a relation gives lanes of all ones where it holds.
/// </summary>
internal interface IBinary<T> where T : unmanaged
{
    static abstract Vector512<T> Of(Vector512<T> x, Vector512<T> y);
}
