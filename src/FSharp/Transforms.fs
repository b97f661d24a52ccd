namespace DistGrad.FSharp

open System
open DistGrad

/// The transforms of pure functions, curried and with the function first. Arguments and results are tensors, or
/// records, unions, tuples, options, lists and maps of them; a function of several arguments is one of a tuple.
[<AutoOpen>]
module Transforms =

    /// The gradient of f, a function to a scalar, at x: of the same structure as x.
    let grad (f: 'T -> Tensor) (x: 'T) : 'T = Diff.Grad(x, f)

    /// The value of f, a function to a scalar, at x, and its gradient.
    let valueAndGrad (f: 'T -> Tensor) (x: 'T) : Tensor * 'T =
        let result = Diff.ValueAndGrad(x, Func<'T, Tensor> f)
        result.Value, result.Grad

    /// The value at x of a function that also gives what else it computed, the gradient of the value, and the rest.
    let valueAndGradWithAux (f: 'T -> Tensor * 'Aux) (x: 'T) : Tensor * 'T * 'Aux =
        let result = Diff.ValueAndGrad(x, Func<'T, Tensor * 'Aux> f)
        result.Value, result.Grad, result.Aux

    /// The value of f at x, and its tangent along dx.
    let jvp (f: 'T -> 'U) (x: 'T) (dx: 'T) : 'U * 'U =
        let result = Diff.Jvp(x, dx, f)
        result.Value, result.Tangent

    /// The value of f at x, and the pullback, which takes a cotangent of the value to that of x.
    let vjp (f: 'T -> 'U) (x: 'T) : 'U * ('U -> 'T) =
        let result = Diff.Vjp(x, f)
        result.Value, result.Pullback.Invoke

    /// The value of f at x, and the pushforward, which takes a tangent of x to that of the value.
    let linearize (f: 'T -> 'U) (x: 'T) : 'U * ('T -> 'U) =
        let result = Diff.Linearize(x, f)
        result.Value, result.Pushforward.Invoke

    /// The results of f for all examples of a batch, which lie along axis 0 of every leaf of the batch and of the
    /// result. What f closes over is the same for every example.
    let vmap (f: 'T -> 'U) (batch: 'T) : 'U = Diff.Vmap(batch, f)

    /// As vmap, with the examples along one axis of the batch and another of the result.
    let vmapAlong (inAxis: int) (outAxis: int) (f: 'T -> 'U) (batch: 'T) : 'U = Diff.Vmap(batch, f, inAxis, outAxis)

    /// The Jacobian of f at x by forward differentiation, the way for few inputs: for each leaf of x the value's shape
    /// followed by the leaf's.
    let jacobianForward (f: 'T -> Tensor) (x: 'T) : 'T = Diff.JacobianForward(x, f)

    /// The Jacobian of f at x by reverse differentiation, the way for few outputs: for each leaf of x the value's shape
    /// followed by the leaf's.
    let jacobianReverse (f: 'T -> Tensor) (x: 'T) : 'T = Diff.JacobianReverse(x, f)

    /// The Hessian at x of f, a function to a scalar: of the shape of x twice. That of a record is Diff.Hessian.
    let hessian (f: Tensor -> Tensor) (x: Tensor) : Tensor = Diff.Hessian(f).Invoke(x)

    /// The product with v of the Hessian at x of f, a function to a scalar, at the cost of a few gradients.
    let hvp (f: 'T -> Tensor) (x: 'T) (v: 'T) : 'T = Diff.Hvp(x, v, f)

    /// The function f with a derivative of your own: the rule takes x and dx to dy, and must be linear in dx.
    let customJvp (f: 'T -> 'U) (rule: 'T -> 'T -> 'U) : 'T -> 'U =
        let custom = Diff.CustomJvp(f, rule)
        custom.Invoke

    /// The function f with a gradient of your own: forward takes x to the value and what backward needs of it; backward
    /// takes that and the value's cotangent to x's.
    let customVjp (f: 'T -> 'U) (forward: 'T -> 'U * 'Residual) (backward: 'Residual -> 'U -> 'T) : 'T -> 'U =
        let pullback residual ct = backward residual ct
        let custom = Diff.CustomVjp(f, Func<'T, 'U * 'Residual> forward, pullback)
        custom.Invoke

    /// The same function, of which reverse mode keeps the argument and what it takes from outside alone: what else its
    /// derivative needs is computed a second time on the way back.
    let checkpoint (f: 'T -> 'U) : 'T -> 'U =
        let checkpointed = Diff.Checkpoint f
        checkpointed.Invoke

    /// The same value, all leaves of which derivatives take for constants.
    let stopGradient (x: 'T) : 'T = Tree.Map(x, fun leaf -> Tensor.StopGradient leaf)

    /// The function f traced, simplified and planned once for each structure, shapes and dtypes of its argument, and
    /// from then on only run. Keep what this gives: compiling again starts anew.
    let compile (f: 'T -> 'U) : 'T -> 'U =
        let compiled = Diff.Compile f
        compiled.Invoke

    /// The step from a state and an input to the next state, compiled, from a start on. Each Step takes the state on
    /// in memory of its own, and allocates nothing once warm; State reads it. Dispose it when done.
    let iterate (step: 'State -> 'Input -> 'State) (start: 'State) : Iteration<'State, 'Input> =
        Diff.Iterate(start, Func<'State, 'Input, 'State>(fun state input -> step state input))

    /// A loop over slices along axis 0 of xs, as List.mapFold the other way about: each step takes the carry and a
    /// slice to the next carry and a slice of ys; the last carry and the stacked ys are given.
    let scan (step: 'Carry -> 'X -> 'Carry * 'Y) (start: 'Carry) (xs: 'X) : 'Carry * 'Y =
        let result = Flow.Scan(start, xs, Func<'Carry, 'X, 'Carry * 'Y>(fun carry x -> step carry x))
        result.Carry, result.Ys

    /// As scan, from the last slice to the first; ys stay in the order of xs.
    let scanBack (step: 'Carry -> 'X -> 'Carry * 'Y) (start: 'Carry) (xs: 'X) : 'Carry * 'Y =
        let result = Flow.Scan(start, xs, Func<'Carry, 'X, 'Carry * 'Y>(fun carry x -> step carry x), reverse = true)
        result.Carry, result.Ys

    /// The value at x of one of two functions, chosen by a bool scalar when the program runs; the other is not run.
    let cond (condition: Tensor) (ifTrue: 'T -> 'U) (ifFalse: 'T -> 'U) (x: 'T) : 'U =
        Flow.Cond(condition, x, ifTrue, ifFalse)

    /// The state after as many steps of the body as the condition, a bool scalar, holds; how many is known only when
    /// the program runs, and derivatives go through them all the same.
    let whileLoop (condition: 'T -> Tensor) (body: 'T -> 'T) (state: 'T) : 'T =
        Flow.While(state, condition, body)

    /// The state after a step for each integer from lower up to but not including upper.
    let forLoop (lower: int) (upper: int) (body: Tensor -> 'T -> 'T) (state: 'T) : 'T =
        Flow.Fori(lower, upper, state, Func<Tensor, 'T, 'T>(fun i s -> body i s))

    /// The function f of each slice along axis 0, one after the other, stacked along axis 0.
    let mapSlices (f: 'X -> 'Y) (xs: 'X) : 'Y = Flow.Map(xs, f)

    /// The point that f takes to itself, found from a start on; its derivatives are those that f gives there.
    let fixedPoint (f: 'T -> 'T) (start: 'T) : 'T = Flow.FixedPoint(start, f)

    /// The root of f, found by Newton's method from a start on; its derivatives are those that f gives there.
    let root (f: 'T -> 'T) (start: 'T) : 'T = Flow.Root(start, f)

    /// The program of f on arguments like the example, with the leaves of the example as parameters.
    let trace (f: 'T -> 'U) (example: 'T) : Lambda = Diff.Trace(example, f)
