using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>For which tiles of a product a method is.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Vectors">How many vectors a row has.</param>
/// <param name="Layout">How the operands lie.</param>
/// <param name="Stores">Whether the tile itself is written, too.</param>
internal readonly record struct TileForm(int Rows, int Vectors, TileLayout Layout, bool Stores)
{
    /// <summary>One more than the largest <see cref="Number"/>.</summary>
    public const int Count = MostRows * MostVectors * Layouts;

    /// <summary>The rows of the largest tile.</summary>
    public const int MostRows = 8;

    private const int MostVectors = 3;
    private const int Layouts = 3;

    private static readonly Type[] Extents =
    [
        typeof(One), typeof(Two), typeof(Three), typeof(Four), typeof(Five), typeof(Six), typeof(Seven), typeof(Eight),
    ];

    /// <summary>The form of a tile, whose vectors have so many lanes.</summary>
    public static TileForm Of(in MatrixTileSources tile, int lanes, bool stores) => new(
        (int)tile.Rows, (int)tile.Columns / lanes,
        MatrixTile.ArePanels(tile.Rows, tile.Columns, tile.ARow, tile.AColumn, tile.BRow) ? TileLayout.Panels
            : tile.AColumn == 1 ? TileLayout.Rows
            : TileLayout.Anyhow,
        stores);

    /// <summary>Tells it from all other forms that store the tile, or do not.</summary>
    public int Number =>
        ((((Rows - 1) * MostVectors) + Vectors - 1) * Layouts) + (int)Layout;

    public Type RowExtent => Extents[Rows - 1];

    public Type VectorExtent => Extents[Vectors - 1];

    public Type LayoutType => Layout switch
    {
        TileLayout.Panels => typeof(MatrixTile.Panels),
        TileLayout.Rows => typeof(MatrixTile.Rows),
        _ => typeof(MatrixTile.Anyhow),
    };
}

/// <summary>How the operands of a tile lie.</summary>
internal enum TileLayout
{
    /// <summary>With any strides.</summary>
    Anyhow,

    /// <summary>The rows of a lie one after the other in memory.</summary>
    Rows,

    /// <summary>Both are panels.</summary>
    Panels,
}
