namespace DistGrad.Execute.Loops;

/// <summary>Runs a loop over consecutive vectors.</summary>
/// <param name="at">
/// Addresses by the loop's slots: operands, stores, accumulators, and the mask of the lanes that rows reduce.
/// </param>
/// <param name="vectors">How many vectors, at least 1.</param>
/// <param name="phase">Which of a row's accumulators, in bytes, takes the first vector.</param>
internal unsafe delegate void LoopBody(byte** at, nint vectors, nint phase);
