/// Indices and slices in F#'s notation: on a tensor that holds its own row-major places, the part taken says where it
/// lay.
module DistGrad.FSharp.Tests.Slices

open Xunit
open DistGrad
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

let private lengths = [ 3; 4; 2; 3 ]

let private places rank =
    let shape = Shape.Of(Array.ofList (List.take rank lengths))
    Tensor.Range(shape.Size).Reshape shape

/// The part of the places of this rank that lies at these positions of each axis; an axis of one named position is
/// dropped.
let private part rank (positions: (int list * bool) list) =
    let rest = List.skip positions.Length (List.take rank lengths)
    let positions = positions @ [ for length in rest -> [ 0 .. length - 1 ], false ]
    let step axis (place: int) position = place * lengths[axis] + position
    let elements =
        positions
        |> List.indexed
        |> List.fold (fun found (axis, (taken, _)) -> List.allPairs found taken |> List.map ((<||) (step axis))) [ 0 ]
    let shape = [| for taken, dropped in positions do if not dropped then taken.Length |]
    tensor (List.map int64 elements) |> fun x -> x.Reshape(Shape.Of shape)

let private one i = [ i ], true
let private from first last = [ first..last ], false
let private every axis = [ 0 .. lengths[axis] - 1 ], false
let private a, b, c, d = every 0, every 1, every 2, every 3

[<Fact>]
let ``one index drops an axis, and a negative one counts from the back`` () =
    same (part 1 [ one 1 ]) ((places 1)[1])
    same (part 2 [ one 1 ]) ((places 2)[1])
    same (part 2 [ one 2 ]) ((places 2)[-1])
    same (part 2 [ one 1; one 3 ]) ((places 2)[1, 3])
    same (part 3 [ one 1; one 3; one 0 ]) ((places 3)[1, 3, 0])
    same (part 4 [ one 1; one 3; one 0; one 2 ]) ((places 4)[1, 3, 0, 2])

[<Fact>]
let ``bounds are included, missing ones are the ends, negative ones count from the back`` () =
    let x = places 1
    same (part 1 [ from 0 1 ]) x[0..1]
    same (part 1 [ from 1 1 ]) x[1..1]
    same (part 1 [ from 1 2 ]) x[1..]
    same (part 1 [ from 0 1 ]) x[..1]
    same x x[*]
    same x x.[0..2]
    same (part 1 [ from 1 2 ]) x[-2..]
    same (part 1 [ from 0 1 ]) x[.. -2]
    same (part 1 [ from 1 1 ]) x[-2 .. -2]
    shaped [ 0 ] (x[1..0])
    let outside (f: unit -> Tensor) = Assert.Throws<IndexException>(fun () -> f () |> ignore) |> ignore
    outside (fun () -> x[0..3])
    outside (fun () -> x[4..])
    outside (fun () -> x[-4..])
    outside (fun () -> x[2..0])
    outside (fun () -> x[3])

[<Fact>]
let ``each axis is sliced or indexed`` () =
    let x = places 2
    same (part 2 [ from 1 2; b ]) x[1..2, *]
    same (part 2 [ a; from 1 3 ]) x[*, 1..]
    same (part 2 [ one 1; from 0 2 ]) x[1, ..2]
    same (part 2 [ from 0 1; one 3 ]) x[..1, 3]
    same (part 2 [ a; one 3 ]) x[*, -1]
    let x = places 3
    same (part 3 [ from 1 2 ]) x[1..]
    same (part 3 [ from 1 2; one 0 ]) x[1.., 0]
    same (part 3 [ from 1 2; from 1 2; one 1 ]) x[1.., 1..2, 1]
    same (part 3 [ from 1 2; one 2; c ]) x[1.., 2, *]
    same (part 3 [ one 1; from 1 2; c ]) x[1, 1..2, *]
    same (part 3 [ from 1 2; one 2; one 0 ]) x[1.., 2, 0]
    same (part 3 [ one 1; from 1 2; one 0 ]) x[1, 1..2, 0]
    same (part 3 [ one 1; one 2; c ]) x[1, 2, *]
    same (part 3 [ a; from 1 2; from 1 1 ]) x[*, 1..2, 1..]
    let x = places 4
    same (part 4 [ a; b; c; from 1 2 ]) x[*, *, *, 1..]
    same (part 4 [ a; b; one 1; from 1 2 ]) x[*, *, 1, 1..]
    same (part 4 [ a; one 1; c; from 1 2 ]) x[*, 1, *, 1..]
    same (part 4 [ one 1; from 1 2; c; from 1 2 ]) x[1, 1..2, *, 1..]
    same (part 4 [ a; b; from 1 1; one 2 ]) x[*, *, 1.., 2]
    same (part 4 [ one 2; one 1; c; from 1 2 ]) x[2, 1, *, 1..]
    same (part 4 [ one 2; from 1 3; one 0; from 1 2 ]) x[2, 1.., 0, 1..]
    same (part 4 [ from 0 1; one 3; one 0; from 1 2 ]) x[..1, 3, 0, 1..]
    same (part 4 [ one 2; from 1 3; c; one 1 ]) x[2, 1.., *, 1]
    same (part 4 [ from 0 1; one 3; from 0 0; one 1 ]) x[..1, 3, ..0, 1]
    same (part 4 [ from 0 1; from 1 3; one 0; one 1 ]) x[..1, 1.., 0, 1]
    same (part 4 [ one 2; one 3; one 0; from 1 2 ]) x[2, 3, 0, 1..]
    same (part 4 [ one 2; one 3; from 1 1; one 0 ]) x[2, 3, 1.., 0]
    same (part 4 [ one 2; from 1 2; one 1; one 0 ]) x[2, 1..2, 1, 0]
    same (part 4 [ from 1 2; one 1; one 1; one 0 ]) x[1.., 1, 1, 0]

[<Fact>]
let ``a slice has a gradient`` () =
    near [ 0.0; 1.0; 1.0 ] (grad (fun (x: Tensor) -> x[1..].Sum()) x64)
    near [ 0.0; 1.0; 0.0 ] (grad (fun (x: Tensor) -> x[1]) x64)
