using System.Linq.Expressions;

namespace DistGrad.Trees;

/// <summary>
/// Reads the leaves off values of a type all of whose values have one structure: a tensor, or records and tuples of
/// nothing but tensors and such records. Nothing is allocated, so this is the way of what is called again and again.
/// </summary>
internal static class FixedLeaves<T>
{
    private static readonly FixedLeaves.Plan? Plan = FixedLeaves.PlanOf(typeof(T));

    private static Func<T, Tensor?[], bool>? read;

    /// <summary>How many leaves every value has; 0 where values differ in structure.</summary>
    public static int Count => Plan?.Leaves.Count ?? 0;

    /// <summary>
    /// Writes the leaves in order; says no to a value that has null in it, or an object of a derived class.
    /// </summary>
    public static bool TryRead(T value, Tensor?[] leaves)
    {
        if (Plan is null)
            return false;
        read ??= (Func<T, Tensor?[], bool>)Plan.Compile(typeof(Func<T, Tensor?[], bool>));
        return read(value, leaves);
    }
}

/// <summary>How the leaves of a type are reached.</summary>
internal static class FixedLeaves
{
    public static Plan? PlanOf(Type type)
    {
        var plan = new Plan(Expression.Parameter(type, "value"));
        return plan.Add(plan.Value, []) ? plan : null;
    }

    /// <summary>The objects on the way, each of which must be of exactly its declared type, and the leaves.</summary>
    internal sealed class Plan(ParameterExpression value)
    {
        private readonly List<Expression> objects = [];

        public ParameterExpression Value { get; } = value;

        public List<Expression> Leaves { get; } = [];

        public bool Add(Expression place, HashSet<Type> within)
        {
            var type = place.Type;
            if (type == typeof(Tensor))
            {
                Leaves.Add(place);
                return true;
            }
            // A type within itself may end at any depth.
            if (Kinds.Of(type) is not Product product || product.Members.Count == 0 || !within.Add(type))
                return false;
            if (!type.IsValueType)
                objects.Add(place);
            if (!product.Members.All(m => Add(m.Get(place), within)))
                return false;
            within.Remove(type);
            return true;
        }

        public Delegate Compile(Type type)
        {
            var leaves = Expression.Parameter(typeof(Tensor?[]), "leaves");
            var known = objects.Select(o => (Expression)Expression.TypeEqual(o, o.Type));
            var read = Leaves.Select((leaf, i) => Expression.ReferenceNotEqual(
                Expression.Assign(Expression.ArrayAccess(leaves, Expression.Constant(i)), leaf),
                Expression.Constant(null)));
            return Expression.Lambda(type, known.Concat(read).Aggregate(Expression.AndAlso), Value, leaves).Compile();
        }
    }
}
