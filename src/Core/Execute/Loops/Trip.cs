using System.Reflection.Emit;

namespace DistGrad.Execute.Loops;

/// <summary>
/// One trip of a loop, of those that are unrolled: of vectors that follow each other, where rows are reduced, or of as
/// many rows.
/// </summary>
/// <param name="Number">Which of them.</param>
/// <param name="Count">How many are unrolled.</param>
/// <param name="Values">The values of its vectors, what stands for its row among them.</param>
/// <param name="IsTail">Whether its vector is what a row has behind its whole ones.</param>
internal sealed record Trip(int Number, int Count, LocalBuilder[] Values, bool IsTail = false);
