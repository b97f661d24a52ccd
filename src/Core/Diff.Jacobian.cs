using System.Collections.Immutable;

namespace DistGrad;

public static partial class Diff
{
    /// <summary>
    /// The Jacobian of a function of one tensor by forward differentiation, a pass over the input's elements: of shape
    /// that of the value followed by that of the argument. The way for few inputs and many outputs.
    /// </summary>
    public static Func<Tensor, Tensor> JacobianForward(Func<Tensor, Tensor> f) => x => JacobianForward(x, f);

    /// <summary>
    /// The Jacobian at x, by forward differentiation: for each leaf of x one of shape that of the
    /// value followed by the leaf's.
    /// </summary>
    public static T JacobianForward<T>(T x, Func<T, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("jacobian", x);
        var value = f(opened.Argument);
        return opened.Tree.Unflatten(opened.Variables.Select(v => ForwardBlock(value, v)));
    }

    /// <summary>
    /// The Jacobian of a function of one tensor by reverse differentiation, a pass over the output's elements: of shape
    /// that of the value followed by that of the argument. The way for many inputs and few outputs.
    /// </summary>
    public static Func<Tensor, Tensor> JacobianReverse(Func<Tensor, Tensor> f) => x => JacobianReverse(x, f);

    /// <summary>
    /// The Jacobian at x, by reverse differentiation: for each leaf of x one of shape that of the
    /// value followed by the leaf's.
    /// </summary>
    public static T JacobianReverse<T>(T x, Func<T, Tensor> f)
    {
        ArgumentNullException.ThrowIfNull(f);
        var opened = Opened.At("jacobian", x);
        var value = f(opened.Argument);
        var ct = Tensor.Parameter(value.Type, "ct", "a Jacobian");
        var rows = HeldPrograms.Explicit(Transforms.Vjp.Run([value], opened.Variables, [ct]), opened.Variables);
        var all = Transforms.Vmap.Run(value.Shape.Size, rows, [ct], [Basis(value)]);
        return opened.Tree.Unflatten(all.Select((block, i) =>
            block.Reshape(Joined(value.Shape, opened.Variables[i].Shape))));
    }

    /// <summary>
    /// The Hessian of a function of one tensor to a scalar: the argument's shape twice; forward over reverse.
    /// </summary>
    public static Func<Tensor, Tensor> Hessian(Func<Tensor, Tensor> f) => x => JacobianForward(x, t => Grad(t, f));

    /// <summary>
    /// The Hessian at x of a function to a scalar, in blocks: under the path of a leaf, for each leaf the derivative of
    /// the gradient in the first by the second.
    /// </summary>
    public static IReadOnlyDictionary<string, T> Hessian<T>(T x, Func<T, Tensor> f)
    {
        var paths = Tree.Flatten(x).Paths;
        return paths.Select((path, i) => (path, Block: JacobianForward(x, t => Tree.Flatten(Grad(t, f)).Leaves[i])))
            .ToImmutableSortedDictionary(p => p.path, p => p.Block, StringComparer.Ordinal);
    }

    private static Tensor ForwardBlock(Tensor value, Tensor variable)
    {
        var tangent = Tensor.Parameter(variable.Type, "tangent", "a Jacobian");
        var column = Transforms.Jvp.Run([value], [variable], [tangent])[0] ?? Tensor.ZerosLike(value);
        var columns = Transforms.Vmap.Run(variable.Shape.Size, [column], [tangent], [Basis(variable)])[0];
        // The variable's axes come first, and go behind the value's.
        var (n, m) = (variable.Rank, value.Rank);
        return columns.Reshape(Joined(variable.Shape, value.Shape))
            .Permute([.. Enumerable.Range(n, m), .. Enumerable.Range(0, n)]);
    }

    /// <summary>Every unit tensor of a type, along a new axis 0.</summary>
    private static Tensor Basis(Tensor like) =>
        Tensor.Eye(like.Shape.Size, like.DType).Reshape(like.Shape.Insert(0, like.Shape.Size));

    private static Shape Joined(Shape first, Shape second) => [.. first, .. second];
}
