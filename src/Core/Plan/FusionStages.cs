namespace DistGrad.Plan;

/// <summary>
/// The stages of applications: an even number for what is computed and the odd one behind it for readings, such that
/// operands have a lower stage than what uses them, or the same stage within one loop. So all of one stage that is
/// compatible may be computed together, and no loop waits for itself.
/// </summary>
internal static class FusionStages
{
    /// <summary>The stages by the applications' numbers.</summary>
    public static int[] Of(FusionGraph graph)
    {
        var stages = new int[graph.Nodes.Length];
        for (var i = 0; i < stages.Length; i++)
            stages[i] = Earliest(graph, stages, i);
        Sink(graph, stages);
        return stages;
    }

    // Of an application whose operands have their stages.
    private static int Earliest(FusionGraph graph, int[] stages, int i)
    {
        var operation = graph.Nodes[i].Operation;
        var stage = operation.IsFree || operation is Literal ? -1 : 0;
        foreach (var operand in graph.Nodes[i].Operands)
        {
            var before = graph.Number(operand) is var n and >= 0 ? stages[n] : -1;
            if (operation.IsFree)
                before |= 1;
            else if (graph.Inside(operand, i) < 0)
                before = (before + 2) & ~1;
            stage = Math.Max(stage, before);
        }
        return stage;
    }

    /// <summary>
    /// Moves what only one later loop uses into that loop, if at most one operand then has to be stored for it. Results
    /// of the program are stored there as well as anywhere.
    /// </summary>
    private static void Sink(FusionGraph graph, int[] stages)
    {
        const int Unused = -2, Several = -3;
        var users = new int[stages.Length];
        Array.Fill(users, Unused);
        for (var i = stages.Length - 1; i >= 0; i--)
        {
            if (graph.Traits[i].IsElementwise && users[i] > stages[i] && Stored(i) <= 1)
                stages[i] = users[i];
            foreach (var operand in graph.Nodes[i].Operands)
                Use(operand, i);
        }

        void Use(Tensor operand, int user)
        {
            if (graph.Number(operand) is not (var o and >= 0))
                return;
            var isOther =
                !graph.Traits[user].Takes(graph.Traits[o]) || (users[o] != Unused && users[o] != stages[user]);
            users[o] = isOther ? Several : stages[user];
        }

        int Stored(int i) => graph.Nodes[i].Operands.Distinct().Count(
            x => graph.Inside(x, i) is var o and >= 0 && stages[o] == stages[i]);
    }
}
