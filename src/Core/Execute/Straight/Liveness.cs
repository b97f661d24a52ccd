namespace DistGrad.Execute.Straight;

/// <summary>Drops the steps that nobody needs.</summary>
internal static class Liveness
{
    public static void Prune(Block whole)
    {
        var needed = new HashSet<Register>();
        Need(whole, needed);
        Prune(whole, needed);
    }

    /// <summary>From the last step to the first: what is needed needs what it reads.</summary>
    public static void Need(Block block, HashSet<Register> needed)
    {
        for (var i = block.Steps.Count - 1; i >= 0; i--)
            block.Steps[i].Need(needed);
    }

    public static void Prune(Block block, HashSet<Register> needed)
    {
        block.Steps.RemoveAll(step => !step.Need(needed));
        foreach (var step in block.Steps)
            step.Prune(needed);
    }
}
