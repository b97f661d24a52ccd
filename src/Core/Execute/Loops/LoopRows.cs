namespace DistGrad.Execute.Loops;

/// <summary>Rows that a loop runs together.</summary>
/// <param name="Steps">By slot, how far from a row to the next, in bytes.</param>
/// <param name="HasVectors">Whether a row has a whole vector.</param>
/// <param name="Tail">Lanes that are left over behind the whole vectors of a row.</param>
internal sealed record LoopRows(nint[] Steps, bool HasVectors, int Tail)
{
    /// <summary>Whether results that are written past the caches lie on cache lines in all rows or in none.</summary>
    public bool KeepLines(Loop loop) => !loop.Stores.Where(
        (s, i) => s.IsPassing && Steps[loop.StoreSlot(i)] % LaneFunction.VectorBytes != 0).Any();
}
