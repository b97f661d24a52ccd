/// F#'s own operators and functions on tensors: that this file compiles is half of the test.
module DistGrad.FSharp.Tests.Operators

open System
open Xunit
open DistGrad
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

let private elements = [ 0.25; 0.5; 0.75 ]
let private mapped f = List.map f elements

[<Fact>]
let ``F#'s functions work on tensors`` () =
    near (mapped abs) (abs x64)
    near (mapped exp) (exp x64)
    near (mapped log) (log x64)
    near (mapped log10) (log10 x64)
    near (mapped sin) (sin x64)
    near (mapped cos) (cos x64)
    near (mapped tan) (tan x64)
    near (mapped asin) (asin x64)
    near (mapped acos) (acos x64)
    near (mapped atan) (atan x64)
    near (mapped (fun x -> atan2 x 2.0)) (atan2 x64 (scalar 2.0))
    near (mapped sinh) (sinh x64)
    near (mapped cosh) (cosh x64)
    near (mapped tanh) (tanh x64)
    near (mapped sqrt) (sqrt x64)
    near (mapped (fun x -> floor (4.0 * x - 2.5))) (floor (4.0 * x64 - 2.5))
    near (mapped (fun x -> ceil (4.0 * x - 2.5))) (ceil (4.0 * x64 - 2.5))
    near (mapped (fun x -> round (4.0 * x - 2.5))) (round (4.0 * x64 - 2.5))
    near (mapped (fun x -> truncate (4.0 * x - 2.5))) (truncate (4.0 * x64 - 2.5))

[<Fact>]
let ``a function that is generic by its operators takes a tensor as it takes a number`` () =
    let inline logistic x = LanguagePrimitives.GenericOne / (LanguagePrimitives.GenericOne + exp -x)
    near (mapped logistic) (logistic x64)
    let inline polynomial x = pown x 3 - x * x + sin x
    near (mapped polynomial) (polynomial x64)

[<Fact>]
let ``powers`` () =
    near (mapped (fun x -> x ** 2.5)) (x64 ** 2.5)
    near (mapped (fun x -> x ** 2.0)) (x64 ** 2)
    near (mapped (fun x -> x ** 0.5)) (x64 ** 0.5f)
    near (mapped (fun x -> x ** x)) (x64 ** x64)
    near (mapped (fun x -> 2.0 ** x)) (Tensor.Pow(2.0, x64))
    near (mapped (fun x -> pown x 3)) (pown x64 3)
    near (mapped (fun x -> pown x 1)) (pown x64 1)
    near (mapped (fun x -> pown x -2)) (pown x64 -2)
    near [ 1.0 ] (pown x64 0)
    near [ 3.0; 12.0; 27.0 ] (grad (fun x -> (pown x 3).Sum()) (tensor [ 1.0; 2.0; 3.0 ]))

[<Fact>]
let ``numbers of any type stand on either side of an operator`` () =
    let expected = mapped ((+) 2.0), mapped ((-) 2.0), mapped ((*) 2.0), mapped ((/) 2.0)
    let flipped = mapped ((+) 2.0), mapped (fun x -> x - 2.0), mapped ((*) 2.0), mapped (fun x -> x / 2.0)
    let check (a, b, c, d) (sum, difference, product, ratio) =
        near a sum
        near b difference
        near c product
        near d ratio
    check expected (2.0 + x64, 2.0 - x64, 2.0 * x64, 2.0 / x64)
    check flipped (x64 + 2.0, x64 - 2.0, x64 * 2.0, x64 / 2.0)
    check expected (2.0f + x64, 2.0f - x64, 2.0f * x64, 2.0f / x64)
    check flipped (x64 + 2.0f, x64 - 2.0f, x64 * 2.0f, x64 / 2.0f)
    check expected (2 + x64, 2 - x64, 2 * x64, 2 / x64)
    check flipped (x64 + 2, x64 - 2, x64 * 2, x64 / 2)
    let two = scalar 2.0
    check expected (two + x64, two - x64, two * x64, two / x64)
    near (mapped (~-)) -x64
    near elements +x64

[<Fact>]
let ``a number takes the tensor's dtype`` () =
    for y in [ 2.0 * x32; x32 + 1.0; 2.0f / x32; x32 - 1; x32 ** 2.0; x32 ** 2 ] do
        Assert.Equal(DType.Float32, y.DType)
    Assert.Equal(DType.Int64, (2 * tensor [ 1L; 2L ]).DType)
    Assert.Throws<DTypeException>(fun () -> 0.5 * tensor [ 1L; 2L ] |> ignore) |> ignore

[<Fact>]
let ``dotted comparisons compare elementwise`` () =
    let x, y = tensor [ 1.0; 2.0; 3.0 ], tensor [ 2.0; 2.0; 2.0 ]
    let less, equal, greater = [ true; false; false ], [ false; true; false ], [ false; false; true ]
    let either = List.map2 (||)
    holds less (x .< y)
    holds (either less equal) (x .<= y)
    holds greater (x .> y)
    holds (either greater equal) (x .>= y)
    holds equal (x .= y)
    holds (either less greater) (x .<> y)
    for found in [ x .< 2.0; x .< 2.0f; x .< 2; x .< 2L; 2.0 .> x; 2.0f .> x; 2 .> x ] do
        holds less found
    for found in [ x .> 2.0; x .> 2.0f; x .> 2; 2.0 .< x; 2.0f .< x; 2 .< x ] do
        holds greater found
    for found in [ x .<= 2.0; x .<= 2.0f; x .<= 2; 2.0 .>= x; 2.0f .>= x; 2 .>= x ] do
        holds (either less equal) found
    for found in [ x .>= 2.0; x .>= 2.0f; x .>= 2; 2.0 .<= x; 2.0f .<= x; 2 .<= x ] do
        holds (either greater equal) found
    for found in [ x .= 2.0; x .= 2.0f; x .= 2; 2.0 .= x; 2.0f .= x; 2 .= x ] do
        holds equal found
    for found in [ x .<> 2.0; x .<> 2.0f; x .<> 2; 2.0 .<> x; 2.0f .<> x; 2 .<> x ] do
        holds (either less greater) found
    near [ 0.0; 0.0; 3.0 ] (Tensor.Where(x .> 2, x, 0.0))

[<Fact>]
let ``matrix products`` () =
    let a, b = matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ], matrix [ [ 0.0; 1.0 ]; [ 1.0; 1.0 ] ]
    same (a.MatMul b) (a *@ b)
    same (a.MatMul b) (a @* b)
    near [ 2.0; 3.0; 4.0; 7.0 ] (a *@ b)
    near [ 4.0; 6.0 ] (tensor [ 1.0; 1.0 ] *@ a)

[<Fact>]
let ``one operator of matrix products binds as a product, the other looser than a sum, as F# has it`` () =
    let a, b = matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ], matrix [ [ 0.0; 1.0 ]; [ 1.0; 1.0 ] ]
    same (a.MatMul(b) + a) (a *@ b + a)
    same (a + a.MatMul b) (a + a *@ b)
    same ((a.MatMul b).MatMul a) (a *@ b *@ a)
    same (a.MatMul(b + a)) (a @* b + a)

[<Fact>]
let ``List.sum and List.average`` () =
    let xs = [ tensor [ 1.0; 2.0 ]; tensor [ 3.0; 4.0 ] ]
    near [ 4.0; 6.0 ] (List.sum xs)
    near [ 2.0; 3.0 ] (List.average xs)
    near [ 10.0; 20.0 ] (xs |> Seq.sumBy (fun x -> x * x))
    near [ 5.0; 10.0 ] (xs |> Array.ofList |> Array.averageBy (fun x -> x * x))
    near [ 0.0 ] (List.sum [])
    shaped [ 2 ] (List.sum xs)

[<Fact>]
let ``a sum has the dtype of its terms`` () =
    Assert.Equal(DType.Float32, (List.sum [ x32; x32 ]).DType)
    Assert.Equal(DType.Float32, (List.average [ x32; x32 ]).DType)
    Assert.Equal(DType.Float32, (pown x32 -2).DType)
    near [ 16.0; 4.0; 1.0 / 0.5625 ] (pown x64 -2)
    near [ 4.0; 2.0; 1.0 / 0.75 ] (pown x64 -1)
    same (tensor [ 4L; 6L ]) (List.sum [ tensor [ 1L; 2L ]; tensor [ 3L; 4L ] ])
    Assert.Throws<DTypeException>(fun () -> List.sum [ x64; x32 ] |> ignore) |> ignore

[<Fact>]
let ``Zero and One are numbers in every operator, and only they`` () =
    let zero, one = Tensor.Zero, Tensor.One
    for y in [ zero + x32; x32 - one; one / x32; Tensor.Maximum(x32, zero); x32 ** one ] do
        Assert.Equal(DType.Float32, y.DType)
    holds [ true; true; true ] (x32 .> Tensor.Zero)
    same x32 (Tensor.Where(x32 .> 0, x32, Tensor.Zero))
    same x32 (Tensor.Zero + x32)
    near [ 2.0 ] (Tensor.One + Tensor.One)
    let half = Tensor.One / (Tensor.One + Tensor.One)
    same (0.5f * x32) (half * x32)
    holds [ true ] (Tensor.Zero .< Tensor.One)
    Assert.Throws<DTypeException>(fun () -> half * tensor [ 1L ] |> ignore) |> ignore
    for zero in [ scalar 0.0; Tensor.Zeros(Shape.Scalar, DType.Float64); Tensor.Of 0.0 ] do
        Assert.Throws<DTypeException>(fun () -> zero + x32 |> ignore) |> ignore

[<Fact>]
let ``a sum of losses has the gradient of each`` () =
    let gradient = grad (fun (w: Tensor) -> List.sum [ w * w; 3 * w ] |> fun t -> t.Sum()) x64
    near (mapped (fun x -> 2.0 * x + 3.0)) gradient
