/// What the tests share.
module DistGrad.FSharp.Tests.Near

open System
open Xunit
open DistGrad
open DistGrad.FSharp

/// float64 results of a few operations agree with .NET's to this.
let private tolerance = 1e-12

/// The elements are those expected, row-major.
let near (expected: float list) (actual: Tensor) =
    let found = actual.Cast(DType.Float64).ToArray<float>()
    Assert.Equal(expected.Length, found.Length)
    for x, y in Seq.zip expected found do
        Assert.True(abs (x - y) <= tolerance * (1.0 + abs x) || x.Equals y, $"{expected} was expected; found {actual}")

/// The two tensors have the same dtype, shape and bits.
let same (expected: Tensor) (actual: Tensor) = Assert.Equal(expected.ToValue(), actual.ToValue())

/// The dimensions are those expected.
let shaped (expected: int list) (actual: Tensor) = Assert.Equal<int list>(expected, List.ofSeq actual.Shape)

/// The truth values are those expected.
let holds (expected: bool list) (actual: Tensor) = Assert.Equal<bool>(expected, actual.ToArray<bool>())

let x64 = tensor [ 0.25; 0.5; 0.75 ]
let x32 = tensor [ 0.25f; 0.5f; 0.75f ]
