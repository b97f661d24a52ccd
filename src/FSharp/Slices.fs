namespace DistGrad.FSharp

open System
open DistGrad

/// Slices as F# writes them: `x.[1..3, *]`, `x.[0, 2..]`. Bounds are included; a negative one counts from the back, as
/// in an index; one outside its axis is an IndexException.
[<AutoOpen>]
module Slices =

    let private at (index: int) : AxisIndex = AxisIndex.op_Implicit index

    // A bound of F# is the last element; one of Range lies behind it.
    let private span (first: int option) (last: int option) : AxisIndex =
        let start =
            match first with
            | None -> Index.Start
            | Some bound when bound < 0 -> Index.FromEnd -bound
            | Some bound -> Index.FromStart bound
        let stop =
            match last with
            | None -> Index.End
            | Some bound when bound < 0 -> Index.FromEnd(-bound - 1)
            | Some bound -> Index.FromStart(bound + 1)
        AxisIndex.op_Implicit (Range(start, stop))

    type Tensor with

        /// The part between the bounds along axis 0: `x.[1..3]`.
        member x.GetSlice(a0: int option, b0: int option) : Tensor = x[span a0 b0]

        /// The part of the first two axes: `x.[1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, a1: int option, b1: int option) : Tensor =
            x[span a0 b0, span a1 b1]

        /// The part of the first two axes: `x.[1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int) : Tensor = x[span a0 b0, at i1]

        /// The part of the first two axes: `x.[1..3, *]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option) : Tensor = x[at i0, span a1 b1]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(
            a0: int option, b0: int option, a1: int option, b1: int option, a2: int option, b2: int option
        ) : Tensor =
            x[span a0 b0, span a1 b1, span a2 b2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(a0: int option, b0: int option, a1: int option, b1: int option, i2: int) : Tensor =
            x[span a0 b0, span a1 b1, at i2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int, a2: int option, b2: int option) : Tensor =
            x[span a0 b0, at i1, span a2 b2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int, i2: int) : Tensor = x[span a0 b0, at i1, at i2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option, a2: int option, b2: int option) : Tensor =
            x[at i0, span a1 b1, span a2 b2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option, i2: int) : Tensor = x[at i0, span a1 b1, at i2]

        /// The part of the first three axes: `x.[0, *, 1..3]`.
        member x.GetSlice(i0: int, i1: int, a2: int option, b2: int option) : Tensor = x[at i0, at i1, span a2 b2]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(
            a0: int option, b0: int option, a1: int option, b1: int option,
            a2: int option, b2: int option, a3: int option, b3: int option
        ) : Tensor =
            x[span a0 b0, span a1 b1, span a2 b2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(
            a0: int option, b0: int option, a1: int option, b1: int option, a2: int option, b2: int option, i3: int
        ) : Tensor =
            x[span a0 b0, span a1 b1, span a2 b2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(
            a0: int option, b0: int option, a1: int option, b1: int option, i2: int, a3: int option, b3: int option
        ) : Tensor =
            x[span a0 b0, span a1 b1, at i2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, a1: int option, b1: int option, i2: int, i3: int) : Tensor =
            x[span a0 b0, span a1 b1, at i2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(
            a0: int option, b0: int option, i1: int, a2: int option, b2: int option, a3: int option, b3: int option
        ) : Tensor =
            x[span a0 b0, at i1, span a2 b2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int, a2: int option, b2: int option, i3: int) : Tensor =
            x[span a0 b0, at i1, span a2 b2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int, i2: int, a3: int option, b3: int option) : Tensor =
            x[span a0 b0, at i1, at i2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(a0: int option, b0: int option, i1: int, i2: int, i3: int) : Tensor =
            x[span a0 b0, at i1, at i2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(
            i0: int, a1: int option, b1: int option, a2: int option, b2: int option, a3: int option, b3: int option
        ) : Tensor =
            x[at i0, span a1 b1, span a2 b2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option, a2: int option, b2: int option, i3: int) : Tensor =
            x[at i0, span a1 b1, span a2 b2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option, i2: int, a3: int option, b3: int option) : Tensor =
            x[at i0, span a1 b1, at i2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, a1: int option, b1: int option, i2: int, i3: int) : Tensor =
            x[at i0, span a1 b1, at i2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, i1: int, a2: int option, b2: int option, a3: int option, b3: int option) : Tensor =
            x[at i0, at i1, span a2 b2, span a3 b3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, i1: int, a2: int option, b2: int option, i3: int) : Tensor =
            x[at i0, at i1, span a2 b2, at i3]

        /// The part of the first four axes: `x.[*, 0, 1..3, *]`.
        member x.GetSlice(i0: int, i1: int, i2: int, a3: int option, b3: int option) : Tensor =
            x[at i0, at i1, at i2, span a3 b3]
