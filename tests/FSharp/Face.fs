/// Each function of the F# face against the C# verb that it stands for, and against a derivative known on paper.
module DistGrad.FSharp.Tests.Face

open System
open Xunit
open DistGrad
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

let private cubes (x: Tensor) = (x * x * x).Sum()
let private wave (x: Tensor) = sin x * x
let private x = tensor [ 0.5; 1.0; -2.0 ]
let private v = tensor [ 1.0; -1.0; 0.5 ]

/// The results of a function of numbers on the elements of x.
let private at (f: float -> float) = List.map f [ 0.5; 1.0; -2.0 ]

let private along f = List.map2 (fun x v -> f x * v) [ 0.5; 1.0; -2.0 ] [ 1.0; -1.0; 0.5 ]

[<Fact>]
let ``gradients`` () =
    near (at (fun x -> 3.0 * x * x)) (grad cubes x)
    same (Diff.Grad(cubes).Invoke x) (grad cubes x)
    let gx, gy = grad (fun (x: Tensor, y: Tensor) -> x * y * y) (scalar 2.0, scalar 3.0)
    near [ 9.0; 12.0 ] (Tensor.Stack [ gx; gy ])

[<Fact>]
let ``gradients nest`` () =
    let f (x: Tensor) = pown x 4
    near [ 24.0 ] (grad (grad (grad (grad f))) (scalar 1.5))
    // d/dx of x * d/dy (x + y) is 1, where perturbations that are confused give 2.
    near [ 1.0 ] (grad (fun x -> x * grad (fun y -> x + y) (scalar 1.0)) (scalar 1.0))

[<Fact>]
let ``value and gradient`` () =
    let value, gradient = valueAndGrad cubes x
    let expected = Diff.ValueAndGrad(x, cubes)
    near [ List.sum (at (fun x -> x * x * x)) ] value
    same expected.Value value
    same expected.Grad gradient

[<Fact>]
let ``value, gradient and what else was computed`` () =
    let value, gradient, (aux, count) = valueAndGradWithAux (fun x -> cubes x, (wave x, 3)) x
    same (cubes x) value
    same (grad cubes x) gradient
    same (wave x) aux
    Assert.Equal(3, count)

[<Fact>]
let ``tangents`` () =
    let value, tangent = jvp wave x v
    same (wave x) value
    near (along (fun x -> cos x * x + sin x)) tangent
    same (Diff.Jvp(x, v, wave)).Tangent tangent

[<Fact>]
let ``cotangents`` () =
    let value, pullback = vjp (fun (x, k) -> k * wave x) (x, scalar 2.0)
    same (2.0 * wave x) value
    let dx, dk = pullback v
    near (along (fun x -> 2.0 * (cos x * x + sin x))) dx
    near [ List.sum (along (fun x -> sin x * x)) ] dk
    same ((Diff.Vjp(x, wave)).Pullback.Invoke v) (snd (vjp wave x) v)

[<Fact>]
let ``linear functions`` () =
    let value, pushforward = linearize wave x
    same (wave x) value
    near (along (fun x -> cos x * x + sin x)) (pushforward v)
    same ((Diff.Linearize(x, wave)).Pushforward.Invoke v) (pushforward v)

[<Fact>]
let ``batches`` () =
    let rows = matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0; 6.0 ] ]
    let w = tensor [ 10.0; 1.0 ]
    let dot (row: Tensor) = row.Dot w
    near [ 12.0; 34.0; 56.0 ] (vmap dot rows)
    same (Diff.Vmap(rows, dot)) (vmap dot rows)
    let products, differences = vmap (fun (x: Tensor, y: Tensor) -> x * y, y - x) (rows[*, 0], rows[*, 1])
    near [ 2.0; 12.0; 30.0 ] products
    near [ 1.0; 1.0; 1.0 ] differences
    near [ 2.0; 4.0; 6.0; 8.0; 10.0; 12.0 ] (vmap (grad (fun (row: Tensor) -> (row * row).Sum())) rows)

[<Fact>]
let ``batches along other axes`` () =
    let columns = matrix [ [ 1.0; 2.0; 3.0 ]; [ 4.0; 5.0; 6.0 ] ]
    let f (column: Tensor) = column * tensor [ 1.0; 10.0 ]
    near [ 1.0; 40.0; 2.0; 50.0; 3.0; 60.0 ] (vmapAlong 1 0 f columns)
    near [ 1.0; 2.0; 3.0; 40.0; 50.0; 60.0 ] (vmapAlong 1 -1 f columns)
    same (Diff.Vmap(f, 1, 1).Invoke columns) (vmapAlong 1 1 f columns)

[<Fact>]
let ``jacobians`` () =
    let f (x: Tensor) = Tensor.Stack [ x[0] * x[1]; x[1] * x[2] ]
    for jacobian in [ jacobianForward f x; jacobianReverse f x ] do
        shaped [ 2; 3 ] jacobian
        near [ 1.0; 0.5; 0.0; 0.0; -2.0; 1.0 ] jacobian
    let g (x: Tensor, y: Tensor) = x * y.Sum()
    for dx, dy in [ jacobianForward g (x[..1], v); jacobianReverse g (x[..1], v) ] do
        near [ 0.5; 0.0; 0.0; 0.5 ] dx
        near [ 0.5; 0.5; 0.5; 1.0; 1.0; 1.0 ] dy

[<Fact>]
let ``hessian and hvp`` () =
    let expected = [ 3.0; 0.0; 0.0; 0.0; 6.0; 0.0; 0.0; 0.0; -12.0 ]
    near expected (hessian cubes x)
    near (along (fun x -> 6.0 * x)) (hvp cubes x v)
    near [ 3.0; -6.0; -6.0 ] (hessian cubes x *@ v)

[<Fact>]
let ``a derivative of your own`` () =
    let f = customJvp (fun (x: Tensor) -> x * x) (fun x dx -> 7.0 * x * dx)
    same (x * x) (f x)
    near (at (fun x -> 7.0 * x)) (grad (fun x -> (f x).Sum()) x)

[<Fact>]
let ``a gradient of your own`` () =
    let f = customVjp (fun (x: Tensor) -> x * x) (fun x -> x * x, x) (fun x ct -> 7.0 * x * ct)
    same (x * x) (f x)
    near (at (fun x -> 7.0 * x)) (grad (fun x -> (f x).Sum()) x)

[<Fact>]
let ``constants`` () =
    near (at id) (grad (fun x -> (x * stopGradient x).Sum()) x)
    let dx, dy = grad (fun (x: Tensor, y: Tensor) -> (stopGradient x * stopGradient y + x).Sum()) (x, v)
    near [ 1.0; 1.0; 1.0 ] dx
    near [ 0.0; 0.0; 0.0 ] dy

[<Fact>]
let ``compile runs the function once for each kind of argument`` () =
    let mutable runs = 0
    let f =
        compile (fun (x: Tensor, y: Tensor) ->
            runs <- runs + 1
            x * y, [ x + y ])
    let product, sums = f (x, v)
    near (along id) product
    same (x + v) sums.Head
    same (v * v) (fst (f (v, v)))
    Assert.Equal(1, runs)
    near [ 1.0 ] (fst (f (scalar 1.0, scalar 1.0)))
    Assert.Equal(2, runs)

[<Fact>]
let ``iterate is the fold of its step`` () =
    let step (total: Tensor, last: Tensor) (input: Tensor * Tensor) =
        let scale, shift = input
        total + last * scale, shift
    let inputs = [ for i in 1..4 -> scalar (float i), scalar (float i - 0.5) ]
    use iteration = iterate step (scalar 0.25, scalar 1.0)
    for input in inputs do
        iteration.Step input
    let total, last = List.fold step (scalar 0.25, scalar 1.0) inputs
    same total (fst iteration.State)
    same last (snd iteration.State)

[<Fact>]
let ``loops`` () =
    let step (total: Tensor) (x: Tensor) = total + x, total * x
    let total, products = scan step (scalar 1.0) x
    near [ 0.5 ] total
    near [ 0.5; 1.5; -5.0 ] products
    let totalBack, productsBack = scanBack step (scalar 1.0) x
    near [ 0.5 ] totalBack
    near [ 0.0; -1.0; -2.0 ] productsBack
    let expected = Flow.Scan(scalar 1.0, x, fun c x -> step c x)
    same expected.Ys products
    // d/dx of x0 x1 x2, by the loop.
    near [ -2.0; -1.0; 0.5 ] (grad (fun x -> fst (scan (fun (p: Tensor) x -> p * x, p) (scalar 1.0) x)) x)

[<Fact>]
let ``branches`` () =
    let f (x: Tensor) = cond (x.Sum() .> 0) (fun (x: Tensor) -> (x * x).Sum()) (fun x -> x.Sum()) x
    near [ 1.0; 1.0; 1.0 ] (grad f x)
    near (at (fun x -> -2.0 * x)) (grad f -x)

[<Fact>]
let ``loops of any length`` () =
    let doubled (x: Tensor) = whileLoop (fun (y: Tensor) -> y .< 10.0) (fun y -> y * 2.0) x
    near [ 12.0 ] (doubled (scalar 3.0))
    near [ 4.0 ] (grad doubled (scalar 3.0))
    near [ 4.0; 1.0 ] (vmap (grad doubled) (tensor [ 3.0; 20.0 ]))
    let twice (y: Tensor, i: Tensor) = y * y, i + 1
    let counted (x: Tensor) = fst (whileLoop (fun (_, i: Tensor) -> i .< 3.0) twice (x, scalar 0L))
    near [ 256.0 ] (counted (scalar 2.0))
    near [ 1024.0 ] (grad counted (scalar 2.0))
    near [ 256.0 ] (forLoop 0 3 (fun _ (y: Tensor) -> y * y) (scalar 2.0))
    same (vmap (fun (r: Tensor) -> r * r) x) (mapSlices (fun (r: Tensor) -> r * r) x)
    let sqrt' (a: Tensor) = root (fun (y: Tensor) -> y * y - a) (tensor [ 1.0 ])
    near [ 2.0 ] (sqrt' (tensor [ 4.0 ]))
    near [ 0.25 ] (grad (fun a -> (sqrt' a).Sum()) (tensor [ 4.0 ]))
    near [ 0.5 ] (fixedPoint (fun (y: Tensor) -> y / 1000.0 + 0.4995) (tensor [ 0.0 ]))

[<Fact>]
let ``programs`` () =
    let program = trace cubes x
    Assert.Equal(1, program.Parameters.Length)
    Assert.Equal((Diff.Trace(x, cubes)).ToString(), string program)

[<Fact>]
let ``tensors are written out`` () =
    same (Tensor.Of [ 1.0; 2.0 ]) (tensor [ 1.0; 2.0 ])
    same (tensor [ 0.0; 1.0; 4.0 ]) (tensor (seq { for i in 0..2 -> float (i * i) }))
    Assert.Equal(DType.Float32, (tensor [ 1.0f ]).DType)
    Assert.Equal(DType.Int64, (tensor [| 1L |]).DType)
    Assert.Equal(DType.Bool, (tensor [ true ]).DType)
    shaped [ 0 ] (tensor ([]: float list))
    same (Tensor.Of 2.0f) (scalar 2.0f)
    same (Tensor.Of([ 1; 2; 3; 4; 5; 6 ], 3, 2)) (matrix [ [ 1; 2 ]; [ 3; 4 ]; [ 5; 6 ] ])
    same (matrix [ [ 1; 2 ] ]) (matrix [ [| 1; 2 |] ])
    shaped [ 0; 0 ] (matrix ([]: float list list))
    let error = Assert.Throws<ShapeException>(fun () -> matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ]; [ 5.0 ] ] |> ignore)
    Assert.StartsWith("matrix: row 0 has 2 elements and row 2 has 1;", error.Message)
    Assert.Throws<DTypeException>(fun () -> tensor [ 'a' ] |> ignore) |> ignore

[<Fact>]
let ``a function goes by dimensions`` () =
    let describe x =
        match x with
        | Dims [] -> "scalar"
        | Dims [ n ] -> $"vector of {n}"
        | Dims [ m; n ] when m = n -> $"square of {n}"
        | Dims dimensions -> $"rank {dimensions.Length}"
    Assert.Equal("scalar", describe (scalar 1.0))
    Assert.Equal("vector of 3", describe x)
    Assert.Equal("square of 2", describe (matrix [ [ 1.0; 2.0 ]; [ 3.0; 4.0 ] ]))
    Assert.Equal("rank 3", describe (Tensor.Zeros(Shape.Of(1, 2, 3))))
