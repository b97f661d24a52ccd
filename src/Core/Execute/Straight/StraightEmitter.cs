using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using DistGrad.Execute.Loops;

namespace DistGrad.Execute.Straight;

/// <summary>Runs a straight program; whether it ran to its end.</summary>
/// <param name="arguments">Where the addresses of the arguments lie.</param>
/// <param name="results">Where the addresses of the results lie.</param>
/// <param name="frame">
/// Memory by which the parts of the program hand over registers; where there is none, nothing is run.
/// </param>
/// <param name="site">What is kept from run to run.</param>
internal delegate bool StraightBody(nint arguments, nint results, nint frame, StraightSite site);

/// <summary>Makes a method of a part of a program, in which every register is a local.</summary>
internal sealed class StraightEmitter
{
    private static readonly Type[] Parameters = [typeof(nint), typeof(nint), typeof(nint), typeof(StraightSite)];

    private readonly Dictionary<Register, LocalBuilder> locals = [];
    private readonly StraightProgram program;

    private StraightEmitter(StraightProgram program, ILGenerator code)
    {
        (this.program, Code) = (program, code);
        Fails = code.DefineLabel();
    }

    public ILGenerator Code { get; }

    /// <summary>Where the method goes when it gives up.</summary>
    public Label Fails { get; }

    /// <summary>The methods of a program, compiled: last the one that runs it.</summary>
    public static List<StraightBody> Emit(StraightProgram program)
    {
        Emit(program, program.Whole);
        return program.Bodies;
    }

    public void Steps(IEnumerable<Step> steps)
    {
        foreach (var step in steps)
            step.Emit(this);
    }

    /// <summary>Calls another part, and gives up where that does.</summary>
    public void Call(Part part)
    {
        Hand(part.Given);
        for (var i = 0; i < Parameters.Length; i++)
            Code.Emit(OpCodes.Ldarg, (short)i);
        Code.Emit(OpCodes.Call, Emit(program, part));
        Code.Emit(OpCodes.Brfalse, Fails);
        Take(part.Made);
    }

    public void Get(Register x)
    {
        if (x.Argument is { } argument)
        {
            Code.Emit(OpCodes.Ldarg, (short)argument);
            Code.Emit(OpCodes.Conv_I8);
        }
        else if (x.IsKnown)
        {
            Known(x);
            if (x.Lane is { } lane)
                Repeat(x.DType, lane);
        }
        else
            Code.Emit(OpCodes.Ldloc, Local(x));
    }

    /// <summary>The number on the stack in all lanes of a vector; a truth value as all ones or all zeros.</summary>
    public void Repeat(DType dtype, Type lane)
    {
        if (dtype == DType.Bool)
        {
            Code.Emit(OpCodes.Neg);
            if (lane == typeof(long))
                Code.Emit(OpCodes.Conv_I8);
        }
        Code.CallMemory(nameof(LaneMemory.InAll), lane);
    }

    public void Set(Register x) => Code.Emit(OpCodes.Stloc, Local(x));

    /// <summary>Registers to others, all at a time.</summary>
    public void Move(Register[] from, Register[] to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            if (from[i] != to[i])
                Get(from[i]);
        }
        for (var i = from.Length - 1; i >= 0; i--)
        {
            if (from[i] != to[i])
                Set(to[i]);
        }
    }

    public void Address(Register address, int offset)
    {
        Get(address);
        Code.Emit(OpCodes.Conv_I);
        if (offset == 0)
            return;
        Code.Emit(OpCodes.Ldc_I4, offset);
        Code.Emit(OpCodes.Conv_I);
        Code.Emit(OpCodes.Add);
    }

    /// <summary>A vector from memory, or as many of its first lanes as are told.</summary>
    public void ReadVector(Register y, Register address, int offset, int? count = null)
    {
        Address(address, offset);
        CallFirst(y.DType == DType.Bool ? nameof(LaneMemory.LoadTruths) : nameof(LaneMemory.Load), y, count);
        Set(y);
    }

    /// <summary>A vector to memory, or as many of its first lanes as are told.</summary>
    public void WriteVector(Register x, Register address, int offset, int? count = null)
    {
        Get(x);
        Address(address, offset);
        CallFirst(x.DType == DType.Bool ? nameof(LaneMemory.StoreTruths) : nameof(LaneMemory.Store), x, count);
    }

    private void CallFirst(string name, Register vector, int? count)
    {
        if (count is { } some && some < vector.Lanes)
            Code.CallMemoryFirst(name, vector.Lane!, some);
        else
            Code.CallMemory(name, vector.Lane!);
    }

    /// <summary>From the address on the stack.</summary>
    public void Read(DType dtype) => Code.Emit(dtype switch
    {
        DType.Float64 => OpCodes.Ldind_R8,
        DType.Float32 => OpCodes.Ldind_R4,
        DType.Int64 => OpCodes.Ldind_I8,
        DType.Int32 => OpCodes.Ldind_I4,
        _ => OpCodes.Ldind_U1,
    });

    /// <summary>The number on the stack to the address below it.</summary>
    public void Write(DType dtype) => Code.Emit(dtype switch
    {
        DType.Float64 => OpCodes.Stind_R8,
        DType.Float32 => OpCodes.Stind_R4,
        DType.Int64 => OpCodes.Stind_I8,
        DType.Int32 => OpCodes.Stind_I4,
        _ => OpCodes.Stind_I1,
    });

    /// <summary>The method of a part, compiled, and those of the parts in it before it.</summary>
    private static DynamicMethod Emit(StraightProgram program, Part part)
    {
        var method = new DynamicMethod(
            "straight", typeof(bool), Parameters, typeof(StraightEmitter).Module, skipVisibility: true);
        var emitter = new StraightEmitter(program, method.GetILGenerator());
        var some = emitter.Code.DefineLabel();
        emitter.Code.Emit(OpCodes.Ldarg_2);
        emitter.Code.Emit(OpCodes.Brtrue, some);
        emitter.Code.Emit(OpCodes.Ldc_I4_1);
        emitter.Code.Emit(OpCodes.Ret);
        emitter.Code.MarkLabel(some);
        emitter.Take(part.Given);
        emitter.Steps(part.Steps);
        emitter.Hand(part.Made);
        emitter.Code.Emit(OpCodes.Ldc_I4_1);
        emitter.Code.Emit(OpCodes.Ret);
        emitter.Code.MarkLabel(emitter.Fails);
        emitter.Code.Emit(OpCodes.Ldc_I4_0);
        emitter.Code.Emit(OpCodes.Ret);
        var body = method.CreateDelegate<StraightBody>();
        // A first call makes the runtime compile, here rather than where somebody waits.
        body(0, 0, 0, null!);
        program.Bodies.Add(body);
        return method;
    }

    // From the frame.
    private void Take(IReadOnlyList<Register> registers)
    {
        foreach (var register in registers)
        {
            Address(program.Frame, program.SlotOf(register));
            if (register.Lane is { } lane)
                Code.CallMemory(nameof(LaneMemory.Load), lane);
            else
                Read(register.DType);
            Set(register);
        }
    }

    // To the frame.
    private void Hand(IReadOnlyList<Register> registers)
    {
        foreach (var register in registers)
        {
            if (register.Lane is { } lane)
            {
                Get(register);
                Address(program.Frame, program.SlotOf(register));
                Code.CallMemory(nameof(LaneMemory.Store), lane);
                continue;
            }
            Address(program.Frame, program.SlotOf(register));
            Get(register);
            Write(register.DType);
        }
    }

    private void Known(Register x)
    {
        switch (x.DType)
        {
            case DType.Float64:
                Code.Emit(OpCodes.Ldc_R8, Unsafe.BitCast<long, double>(x.Bits));
                break;
            case DType.Float32:
                Code.Emit(OpCodes.Ldc_R4, Unsafe.BitCast<int, float>((int)x.Bits));
                break;
            case DType.Int64:
                Code.Emit(OpCodes.Ldc_I8, x.Bits);
                break;
            default:
                Code.Emit(OpCodes.Ldc_I4, (int)x.Bits);
                break;
        }
    }

    private LocalBuilder Local(Register x)
    {
        if (!locals.TryGetValue(x, out var local))
            locals[x] = local = Code.DeclareLocal(x.Kept);
        return local;
    }
}
