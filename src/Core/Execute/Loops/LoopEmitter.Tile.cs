using System.Reflection.Emit;
using DistGrad.Execute.Kernels;

namespace DistGrad.Execute.Loops;

/// <summary>
/// A loop over a tile of a product, in the method that computes the tile: the accumulators are the loop's first
/// operand, and need not be written.
/// </summary>
internal sealed partial class LoopEmitter
{
    private static readonly string[] VectorsOfARow =
    [
        nameof(MatrixTile.Accumulators<>.Left),
        nameof(MatrixTile.Accumulators<>.Middle),
        nameof(MatrixTile.Accumulators<>.Right),
    ];

    /// <summary>Of a tile, the accumulators of each row.</summary>
    private LocalBuilder[] tileRows = [];

    /// <summary>The method for tiles of a form, over arrays whose rows lie so.</summary>
    public static TileBody EmitTile(Loop loop, LoopRows rows, TileForm form)
    {
        var emitter = new LoopEmitter(loop, new LoopVariant(Rows: rows, Tile: form));
        emitter.EmitTile(form);
        var body = emitter.method.Made<TileBody>();
        // As for vectors, the runtime compiles it now.
        unsafe
        {
            body(null, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        return body;
    }

    private void EmitTile(TileForm form)
    {
        var accumulators = typeof(MatrixTile.Accumulators<>).MakeGenericType(loop.Operands[0].Lane);
        tileRows = [.. Enumerable.Range(0, TileForm.MostRows).Select(_ => code.DeclareLocal(accumulators))];
        method.Enter();
        EmitSums(form);
        for (var row = 0; row < form.Rows; row++)
        {
            RepeatOperands(new(row, form.Rows, method.Values));
            for (var vector = 0; vector < form.Vectors; vector++)
                EmitTrip(new(row, form.Rows, method.Values, Vector: vector));
        }
        code.Emit(OpCodes.Ret);
    }

    private void EmitSums(TileForm form)
    {
        const int Depth = 1, BRow = 6, C = 7, CRow = 8;
        var lane = loop.Operands[0].Lane;
        for (var argument = Depth; argument <= BRow; argument++)
            code.Emit(OpCodes.Ldarg, (short)argument);
        // b is not copied anywhere.
        LoadZero();
        if (Asked() is var asked and >= 0)
        {
            method.LoadAddress(asked);
            code.Emit(OpCodes.Ldc_I8, (long)variant.Rows!.Steps[asked] / loop.LaneBytes);
            code.Emit(OpCodes.Conv_I);
        }
        else
        {
            LoadZero();
            LoadZero();
        }
        CallOnRows(nameof(MatrixTile.Sum), lane, form.RowExtent, form.VectorExtent, form.LayoutType, typeof(Zero));
        if (form.Stores)
            CallOnRows(nameof(MatrixTile.Store), lane, form.RowExtent, form.VectorExtent);

        void CallOnRows(string name, params Type[] types)
        {
            code.Emit(OpCodes.Ldarg, (short)C);
            code.Emit(OpCodes.Ldarg, (short)CRow);
            foreach (var row in tileRows)
                code.Emit(OpCodes.Ldloca, row);
            var generic = typeof(MatrixTile).GetMethods().Single(
                m => m.Name == name && m.GetGenericArguments().Length == types.Length);
            code.Emit(OpCodes.Call, generic.MakeGenericMethod(types));
        }

        void LoadZero()
        {
            code.Emit(OpCodes.Ldc_I4_0);
            code.Emit(OpCodes.Conv_I);
        }
    }

    /// <summary>
    /// An array that is read beside the product; -1 if there is none. More than one is not asked for: the first cache
    /// has room for so much beside the panels.
    /// </summary>
    private int Asked()
    {
        for (var i = 1; i < loop.Operands.Length; i++)
        {
            if (loop.Operands[i] is { IsRepeated: false, IsTruth: false } && variant.Rows!.Steps[i] != 0)
                return i;
        }
        return -1;
    }

    private void LoadSums(Trip trip)
    {
        var row = tileRows[trip.Number];
        code.Emit(OpCodes.Ldloc, row);
        code.Emit(OpCodes.Ldfld, row.LocalType.GetField(VectorsOfARow[trip.Vector])!);
        code.Emit(OpCodes.Stloc, trip.Values[0]);
    }
}
