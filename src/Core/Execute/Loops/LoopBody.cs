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

/// <summary>Computes a tile of a product, and runs a loop over it while it is in registers.</summary>
/// <param name="at">Addresses of the tile's first element by the loop's slots; that of the product is not read.</param>
/// <param name="depth">How many positions of k; of none, nothing is touched.</param>
/// <param name="a">The first element of the rows of a.</param>
/// <param name="aRow">How far apart the rows of a lie.</param>
/// <param name="aColumn">How far apart the columns of a lie.</param>
/// <param name="b">The first element of the columns of b.</param>
/// <param name="bRow">How far apart the rows of b lie.</param>
/// <param name="c">Where the tile lies, which is asked for, and written where it is kept.</param>
/// <param name="cRow">How far apart the rows of the tile lie.</param>
internal unsafe delegate void TileBody(
    byte** at, nint depth, nint a, nint aRow, nint aColumn, nint b, nint bRow, nint c, nint cRow);
