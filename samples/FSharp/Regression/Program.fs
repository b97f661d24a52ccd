/// A line through noisy points by gradient descent, and what second derivatives say of how fast that can go.
module Regression

open DistGrad
open DistGrad.FSharp

// A model is any immutable value of tensors; its gradient has the same type.
type Line = { Slope: Tensor; Offset: Tensor }

let predict line (x: Tensor) = line.Slope * x + line.Offset

let loss (x: Tensor) (y: Tensor) line =
    let error = predict line x - y
    (error * error).Mean()

/// A hundred points around y = 3 x - 1. A key fixes what is drawn, and serves one purpose: it is split for two.
let points () =
    let forX, forNoise = Key.Of(1L).Split()
    let x = Tensor.Uniform(forX, Shape.Of 100, DType.Float64)
    x, 3.0 * x - 1.0 + 0.1 * Tensor.Normal(forNoise, Shape.Of 100, DType.Float64)

let train (rate: float) steps loss (start: Line) =
    // Traced and planned once; from then on only run.
    let step =
        compile (fun (line: Line) ->
            let value, gradient = valueAndGrad loss line
            value, Tree.Map(line, gradient, fun p g -> p - rate * g))
    let mutable line = start
    for i in 1..steps do
        let value, next = step line
        if i = 1 || i % 100 = 0 then
            printfn $"step %3d{i}: loss %.6f{value.Item()}"
        line <- next
    line

[<EntryPoint>]
let main _ =
    let x, y = points ()
    let loss = loss x y
    let line = train 0.5 300 loss { Slope = scalar 0.0; Offset = scalar 0.0 }
    printfn $"y = %.3f{line.Slope.Item()} x + %.3f{line.Offset.Item()}"

    // The tangent of the loss along a change of the slope alone.
    let _, change = jvp loss line { Slope = scalar 1.0; Offset = scalar 0.0 }
    printfn $"the loss changes by %.1e{change.Item()} a unit of slope"

    // The greatest eigenvalue of the loss's Hessian, found by power iteration, bounds the rate.
    let curvature = hessian (fun (p: Tensor) -> loss { Slope = p[0]; Offset = p[1] }) (tensor [ 0.0; 0.0 ])
    printfn $"Hessian: {curvature}"
    let mutable v = tensor [ 1.0; 1.0 ]
    for _ in 1..50 do
        let image = curvature *@ v
        v <- (image / image.Norm()).Evaluate()
    let greatest = v.Dot(curvature *@ v)
    printfn $"descent converges at rates below %.3f{(2.0 / greatest).Item()}"
    0
