namespace DistGrad.Execute.Loops;

/// <summary>Which of a loop's methods one is.</summary>
/// <param name="IsMasked">Whether only the lanes that the mask marks are reduced.</param>
/// <param name="IsOne">Whether there is one element in all, which is computed in the first lane.</param>
/// <param name="IsOnLines">Whether what is written past the caches where it lies on cache lines does lie so.</param>
/// <param name="Rows">Of one that goes from row to row, what is known of these.</param>
internal readonly record struct LoopVariant(
    bool IsMasked = false, bool IsOne = false, bool IsOnLines = false, LoopRows? Rows = null);
