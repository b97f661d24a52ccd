namespace DistGrad.Execute.Straight;

/// <summary>What a tensor is in a straight program.</summary>
internal abstract record Held
{
    private Held()
    {
    }

    /// <summary>Its elements in row-major order, each a number.</summary>
    internal sealed record Numbers(Register[] Elements) : Held;

    /// <summary>
    /// Its elements in row-major order, vector by vector; the lanes behind the last element hold anything.
    /// </summary>
    /// <param name="All">The vectors.</param>
    /// <param name="LaneBytes">The width of their lanes, 4 or 8.</param>
    internal sealed record Vectors(Register[] All, int LaneBytes) : Held;

    /// <summary>Elements in memory, which are read when they are needed.</summary>
    /// <param name="Address">Where the memory starts.</param>
    /// <param name="Layout">How the elements lie there.</param>
    /// <param name="IsGiven">Whether nobody writes there while the program runs.</param>
    internal sealed record Stored(Register Address, Layout Layout, bool IsGiven) : Held;
}
