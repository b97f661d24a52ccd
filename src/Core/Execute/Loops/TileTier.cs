namespace DistGrad.Execute.Loops;

/// <summary>The method of a loop for tiles of one form, once there have been enough of these.</summary>
internal sealed class TileTier(Loop loop, LoopRows rows, TileForm form) : Tier
{
    private TileBody? body;

    /// <summary>The method, if it is there.</summary>
    public TileBody? Body => Volatile.Read(ref body);

    /// <summary>Tiles until a method is compiled: what taking them in later costs about as much as compiling.</summary>
    protected override long Cost => 1 << 12;

    /// <summary>A tile was computed without.</summary>
    public void Count() => Spend(1);

    protected override void Make()
    {
        if (body is null)
            Volatile.Write(ref body, LoopEmitter.EmitTile(loop, rows, form));
    }
}
