namespace DistGrad.Execute.Loops;

/// <summary>Runs a loop over consecutive vectors.</summary>
/// <param name="at">
/// Addresses by the loop's slots: operands, stores, accumulators, and the mask of the lanes that rows reduce.
/// </param>
/// <param name="vectors">How many vectors, at least 1.</param>
/// <param name="phase">Which of a row's accumulators, in bytes, takes the first vector.</param>
internal unsafe delegate void LoopBody(byte** at, nint vectors, nint phase);

/// <summary>Runs a loop over rows.</summary>
/// <param name="at">Addresses of the first row by the loop's slots; of what stands for a row, its element.</param>
/// <param name="rows">How many rows.</param>
/// <param name="bytes">The lanes of a row, in bytes.</param>
internal unsafe delegate void RowsBody(byte** at, nint rows, nint bytes);
