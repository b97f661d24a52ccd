namespace DistGrad.FSharp

open System
open DistGrad

/// Tensors written out, and taken apart by their dimensions.
[<AutoOpen>]
module Tensors =

    let private filled (shape: Shape) (elements: 'T[]) =
        Tensor.FromValue(Value.Of(shape, ReadOnlySpan elements))

    /// A tensor of one number, of rank 0 and the number's own type: `scalar 2.0` is float64, `scalar 2.0f` float32.
    let scalar (number: 'T) : Tensor = filled Shape.Scalar [| number |]

    /// A vector of these numbers, of their own type: `tensor [ 1.0; 2.0 ]`.
    let tensor (numbers: seq<'T>) : Tensor =
        let elements = Seq.toArray numbers
        filled (Shape.Of elements.Length) elements

    /// A matrix of these rows, which must be equally long: `matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]`.
    /// A ShapeException names the first row that is not.
    let matrix (rows: seq<#seq<'T>>) : Tensor =
        let rows = rows |> Seq.map Seq.toArray |> Seq.toArray
        let columns = if rows.Length = 0 then 0 else rows[0].Length
        match rows |> Array.tryFindIndex (fun row -> row.Length <> columns) with
        | Some odd ->
            let found = $"row 0 has {columns} elements and row {odd} has {rows[odd].Length}"
            raise (ShapeException $"matrix: {found}; rows must be equally long")
        | None -> filled (Shape.Of(rows.Length, columns)) (Array.concat rows)

    /// The dimensions as a list, for functions that go by them: `match x with Dims [] -> ... | Dims [ rows; columns ]
    /// -> ...`.
    let (|Dims|) (x: Tensor) : int list = List.ofSeq x.Shape
