/// The Learn room as F# meets it: rates as numbers, lambdas for rules and losses, F# lists for slots and sizes.
module DistGrad.FSharp.Tests.Learn

open Xunit
open DistGrad
open DistGrad.Learn
open DistGrad.FSharp
open DistGrad.FSharp.Tests.Near

type Line = { Slope: Tensor; Offset: Tensor }

type Batch = { Xs: Tensor; Ys: Tensor }

let private start = { Slope = scalar 0.0; Offset = scalar 0.0 }

let private batch =
    { Xs = tensor [ 0.0; 1.0; 2.0; 3.0 ]
      Ys = tensor [ 1.0; 3.0; 5.0; 7.0 ] }

let private loss line batch =
    Loss.SquaredError(line.Slope * batch.Xs + line.Offset, batch.Ys)

let private trained (optimiser: Optimiser) steps =
    let step = Training.Step(optimiser, loss)

    let rec go n model state =
        if n = 0 then
            model
        else
            let next = step.Invoke(model, state, batch)
            go (n - 1) next.Model next.State

    go steps start (optimiser.Init start)

/// Rounded to what a few hundred steps of training are good for.
let private hundredths (x: Tensor) = Tensor.Round(1e2 * x) / 1e2

[<Fact>]
let ``a number is a rate, and so is a schedule`` () =
    for optimiser in [ Optimiser.Sgd(0.1, momentum = 0.9); Optimiser.Adam(Schedule.Cosine(0.3, 400).WarmUp 10) ] do
        let model = trained optimiser 400
        near [ 2.0; 1.0 ] (hundredths (Tensor.Stack [ model.Slope; model.Offset ]))

[<Fact>]
let ``an optimiser is a pair of pure functions`` () =
    let optimiser = Optimiser.Chain(Optimiser.ClipByGlobalNorm 1.0, Optimiser.Descend 0.5)
    let gradients = Diff.Grad(start, fun line -> loss line batch)
    let updated = optimiser.Update(gradients, optimiser.Init start, start)
    let next = Optimiser.Apply(start, updated.Updates)
    near [ 0.25 ] (hundredths (next.Slope * next.Slope + next.Offset * next.Offset))
    Assert.Equal(1.0, updated.State.Step.Item())

[<Fact>]
let ``a rule of one's own`` () =
    let signs =
        Optimiser.Of(
            1,
            fun g _ _ slots ->
                let m = 0.9 * slots[0] + 0.1 * g
                Ruled(Tensor.Sign m, [ m ])
        )

    let updated = signs.Update(batch.Ys, signs.Init batch.Ys, batch.Ys)
    near [ 1.0; 1.0; 1.0; 1.0 ] updated.Updates

[<Fact>]
let ``a perceptron`` () =
    let model = Mlp.Create(Key.Of 1L, [ 3; 5; 2 ], activation = fun x -> tanh x)
    shaped [ 7; 2 ] (model.Apply(Tensor.Zeros(Shape.Of(7, 3))))
