namespace DistGrad.Wire;

/// <summary>The constants of the format; docs/wire.md describes it byte by byte.</summary>
/// <remarks>
/// Names of primitives and attributes and the numbers below are part of version 1. What changes any of them adds a
/// version: the reader then keeps reading, and checking, the earlier ones as they were.
/// </remarks>
internal static class Format
{
    /// <summary>The version that is written; every one up to it is read.</summary>
    public const int Version = 1;

    /// <summary>How deep programs may hold programs, counting the outermost.</summary>
    public const int Depth = 64;

    /// <summary>The most axes: a few bytes of program could otherwise ask for shapes of unbounded length.</summary>
    public const int Rank = 64;
}
