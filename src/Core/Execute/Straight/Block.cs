namespace DistGrad.Execute.Straight;

/// <summary>What role a block plays for the one around it.</summary>
internal enum BlockKind
{
    /// <summary>The whole program.</summary>
    Whole,

    /// <summary>What a loop computes before each trip to know whether there is one.</summary>
    Test,

    /// <summary>What a loop computes in each trip; it stands in the test.</summary>
    Trip,

    /// <summary>One side of a choice: nothing of it may be computed before it is chosen.</summary>
    Side,
}

/// <summary>What was computed: by a function, or in a way that an object stands for, of these.</summary>
internal readonly record struct Computation(
    object Function, Register? X = null, Register? Y = null, Register? Z = null);

/// <summary>Steps that are taken one after the other, and what they have computed so far.</summary>
internal sealed class Block(Block? outer, BlockKind kind)
{
    public Block? Outer { get; } = outer;

    public BlockKind Kind { get; } = kind;

    public int Depth { get; } = outer is null ? 0 : outer.Depth + 1;

    public List<Step> Steps { get; set; } = [];

    /// <summary>What was computed here, so that it is not computed again.</summary>
    public Dictionary<Computation, Register> Found { get; } = [];

    /// <summary>
    /// Where something is computed that needs these: in the outermost block that has them all. What a trip needs alone
    /// is not computed before it is known that there is one.
    /// </summary>
    public Block HomeOf(ReadOnlySpan<Register> operands)
    {
        var depth = 0;
        foreach (var operand in operands)
            depth = Math.Max(depth, operand.Home?.Depth ?? 0);
        Block block = this, inner = this;
        while (block.Depth > depth && block.Kind != BlockKind.Side)
            (inner, block) = (block, block.Outer!);
        return block.Kind == BlockKind.Test && inner.Kind == BlockKind.Trip ? inner : block;
    }

    public Register? Find(Computation key)
    {
        for (var block = this; block is not null; block = block.Outer)
        {
            if (block.Found.TryGetValue(key, out var found))
                return found;
        }
        return null;
    }
}
