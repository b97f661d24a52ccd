/// Models that are F# values: records, unions, options, lists, nested in one another.
module DistGrad.FSharp.Tests.Models

open System
open Xunit
open DistGrad
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

type Dense = { Weights: Tensor; Bias: Tensor option }

type Layer =
    | Affine of Dense
    | Scale of factor: Tensor
    | Tanh

type Network = { Layers: Layer list; Rate: float }

let private apply layer (x: Tensor) =
    match layer with
    | Affine { Weights = w; Bias = Some b } -> x *@ w + b
    | Affine { Weights = w; Bias = None } -> x *@ w
    | Scale factor -> factor * x
    | Tanh -> tanh x

let private run network x = List.fold (fun x layer -> apply layer x) x network.Layers

let private network =
    { Layers =
        [ Affine { Weights = matrix [ [ 0.5; -1.0 ] ]; Bias = Some(tensor [ 0.25; 0.0 ]) }
          Tanh
          Scale(scalar 3.0)
          Affine { Weights = matrix [ [ 1.0 ]; [ 2.0 ] ]; Bias = None } ]
      Rate = 0.1 }

let private inputs = matrix [ [ 0.5 ]; [ 1.0 ] ]

[<Fact>]
let ``a gradient has the structure of the model`` () =
    let gradient = grad (fun model -> (run model inputs).Sum()) network
    Assert.Equal(network.Rate, gradient.Rate)
    match gradient.Layers with
    | [ Affine { Weights = w; Bias = Some b }; Tanh; Scale factor; Affine { Weights = last; Bias = None } ] ->
        shaped [ 1; 2 ] w
        let slope x = 1.0 - tanh x ** 2.0
        let first = [ for x in [ 0.5; 1.0 ] -> slope (0.5 * x + 0.25) ]
        let second = [ for x in [ 0.5; 1.0 ] -> slope -x ]
        near [ 3.0 * List.sum first; 6.0 * List.sum second ] b
        near [ 3.0 * (0.5 * first[0] + first[1]); 6.0 * (0.5 * second[0] + second[1]) ] w
        let hidden =
            List.sum [ for x in [ 0.5; 1.0 ] -> tanh (0.5 * x + 0.25) ], List.sum [ for x in [ 0.5; 1.0 ] -> tanh -x ]
        near [ fst hidden + 2.0 * snd hidden ] factor
        near [ 3.0 * fst hidden; 3.0 * snd hidden ] last
    | other -> Assert.Fail $"%A{other}"

[<Fact>]
let ``a model goes through every transform`` () =
    let loss model = (run model inputs).Sum()
    let gradient = grad loss network
    let products = Tree.Map(gradient, gradient, fun x y -> x * y)
    let squared = List.sum [ for leaf in Tree.Leaves products -> leaf.Tensor.Sum() ]
    same (run network inputs) (compile (fun m -> run m inputs) network)
    near [ squared.Item() ] (snd (jvp loss network gradient))
    let value, pullback = vjp loss network
    near [ value.Item() ] (loss network)
    for a, b in Seq.zip (Tree.Leaves gradient) (Tree.Leaves(pullback (scalar 1.0))) do
        near (List.ofArray (a.Tensor.ToArray<float>())) b.Tensor

/// What a reader of the first page would write.
module Readme =
    type Model = { Slope: Tensor; Offset: Tensor }

    let predict model (x: Tensor) = model.Slope * x + model.Offset

    let loss (xs: Tensor) (ys: Tensor) model =
        let error = predict model xs - ys
        (error * error).Mean()

    let train (rate: float) steps (loss: Model -> Tensor) (model: Model) =
        let step (model: Model) =
            let value, gradient = valueAndGrad loss model
            value, Tree.Map(model, gradient, fun p g -> p - rate * g)
        let step = compile step
        let mutable model, losses = model, []
        for _ in 1..steps do
            let value, next = step model
            model <- next
            losses <- value.Item() :: losses
        model, List.rev losses

[<Fact>]
let ``a record is trained in a loop`` () =
    let xs = tensor [ 0.0; 0.5; 1.0; 1.5; 2.0 ]
    let ys = 3.0 * xs - 1.0
    let start: Readme.Model = { Slope = scalar 0.0; Offset = scalar 0.0 }
    let model, losses = Readme.train 0.3 100 (Readme.loss xs ys) start
    Assert.Equal(100, losses.Length)
    Assert.True(List.last losses < 1e-5 * losses.Head, $"{losses.Head} to {List.last losses}")
    Assert.Equal(3.0, model.Slope.Item(), 1e-3)
    Assert.Equal(-1.0, model.Offset.Item(), 1e-3)
    // The same by hand, on numbers.
    let step (a, b) =
        let errors = [ for x in [ 0.0; 0.5; 1.0; 1.5; 2.0 ] -> x, a * x + b - (3.0 * x - 1.0) ]
        a - 0.3 * (List.averageBy (fun (x, e) -> 2.0 * e * x) errors),
        b - 0.3 * (List.averageBy (fun (_, e) -> 2.0 * e) errors)
    let a, b = Seq.fold (fun p _ -> step p) (0.0, 0.0) (seq { 1..100 })
    near [ a ] model.Slope
    near [ b ] model.Offset
