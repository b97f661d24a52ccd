namespace DistGrad.Execute.Kernels;

/// <summary>A number known when a kernel is compiled, so that the loops over it vanish.</summary>
internal interface IExtent
{
    static abstract int Value { get; }
}

internal readonly struct Zero : IExtent
{
    public static int Value => 0;
}

internal readonly struct One : IExtent
{
    public static int Value => 1;
}

internal readonly struct Two : IExtent
{
    public static int Value => 2;
}

internal readonly struct Three : IExtent
{
    public static int Value => 3;
}

internal readonly struct Four : IExtent
{
    public static int Value => 4;
}

internal readonly struct Five : IExtent
{
    public static int Value => 5;
}

internal readonly struct Six : IExtent
{
    public static int Value => 6;
}

internal readonly struct Seven : IExtent
{
    public static int Value => 7;
}

internal readonly struct Eight : IExtent
{
    public static int Value => 8;
}
