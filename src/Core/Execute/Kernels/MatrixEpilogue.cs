namespace DistGrad.Execute.Kernels;

/// <summary>
/// What is done with the elements of a product once they are complete. Rows are those of all matrices, one after the
/// other.
/// </summary>
internal unsafe interface IEpilogue
{
    /// <summary>
    /// Computes a tile and takes it in while it is in registers, if there is code for such a tile now.
    /// </summary>
    /// <param name="starts">Where operands and results begin.</param>
    /// <param name="row">The tile's first row.</param>
    /// <param name="column">The tile's first column.</param>
    /// <param name="tile">The tile.</param>
    /// <returns>Whether that is done.</returns>
    bool Tile(byte** starts, nint row, nint column, in MatrixTileSources tile);

    /// <summary>Takes in a rectangle of the product, which was written to memory.</summary>
    /// <param name="starts">Where operands and results begin.</param>
    /// <param name="row">The first row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns: whole vectors, or those up to the end of the rows.</param>
    void Finish(byte** starts, nint row, nint column, nint rows, nint columns);
}

/// <summary>What a tile of a product is computed from, and where it is written.</summary>
/// <param name="Rows">How many rows.</param>
/// <param name="Columns">How many columns, whole vectors.</param>
/// <param name="Depth">How many positions of k.</param>
/// <param name="A">The first element of the rows of a.</param>
/// <param name="ARow">How far apart the rows of a lie.</param>
/// <param name="AColumn">How far apart the columns of a lie.</param>
/// <param name="B">The first element of the columns of b.</param>
/// <param name="BRow">How far apart the rows of b lie.</param>
/// <param name="C">The first element of the tile.</param>
/// <param name="CRow">How far apart the rows of the tile lie.</param>
internal readonly unsafe record struct MatrixTileSources(
    nint Rows, nint Columns, nint Depth, nint A, nint ARow, nint AColumn, nint B, nint BRow, nint C, nint CRow);

/// <summary>The epilogue of one run of a product, or none, seen from an element of the product.</summary>
/// <param name="epilogue">What is done.</param>
/// <param name="starts">Where its operands and results begin.</param>
/// <param name="row">The element's row.</param>
/// <param name="column">The element's column.</param>
internal readonly unsafe struct MatrixEpilogue(IEpilogue? epilogue, byte** starts, nint row = 0, nint column = 0)
{
    public bool IsNone => epilogue is null;

    public MatrixEpilogue From(nint i, nint j) => new(epilogue, starts, row + i, column + j);

    /// <summary>As <see cref="IEpilogue.Tile"/>, of a tile that begins with the element.</summary>
    public bool Tile(in MatrixTileSources tile) => epilogue is not null && epilogue.Tile(starts, row, column, tile);

    /// <summary>As <see cref="IEpilogue.Finish"/>, of a rectangle that begins with the element.</summary>
    public void Finish(nint rows, nint columns) => epilogue?.Finish(starts, row, column, rows, columns);
}
