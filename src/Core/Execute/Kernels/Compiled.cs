using System.Runtime.CompilerServices;

namespace DistGrad.Execute.Kernels;

/// <summary>How methods of kernels are compiled.</summary>
internal static class Compiled
{
    /// <summary>
    /// At once and apart from its callers, for a method with a loop over vectors. The runtime otherwise inlines it into
    /// its callers once they are hot. In there it keeps vectors on the stack, where they often lie across cache lines,
    /// which is several times slower in some processes and not in others, and past a limit it no longer inlines what
    /// the method calls itself: a tenth of the speed. For the same reasons such a loop calls nothing that stays a call.
    /// </summary>
    public const MethodImplOptions Apart = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
