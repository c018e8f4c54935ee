"""The operations, attributes and objects that a SavedModel may hold. What is not listed here is refused.

An operation belongs in the list if it computes something from its inputs and from the model's own variables, and does
nothing else: it reads and writes no file, opens no connection, calls no Python and no code that is not TensorFlow's,
starts no reader or data set, and reaches no resource but the model's own variables.

To add one: look up in TensorFlow's documentation of raw operations that this holds for every value of its attributes.
"""

_ARITHMETIC = """
    Abs Add AddN AddV2 BiasAdd BiasAddV1 BitwiseAnd BitwiseOr BitwiseXor Ceil ClipByValue Cos Cosh Cumprod Cumsum Div
    DivNoNan Erf Erfc Erfinv Exp Expm1 Floor FloorDiv FloorMod Invert Inv IsFinite IsInf IsNan L2Loss LeftShift Lgamma
    Log Log1p Maximum Minimum Mod Mul MulNoNan Neg NextAfter Polygamma Pow RealDiv Reciprocal RightShift Rint Round
    Rsqrt Sign Sin Sinh Sqrt Square SquaredDifference Sub Tan Tanh TruncateDiv TruncateMod Xdivy Xlog1py Xlogy Atan
    Atan2 Asin Acos Asinh Acosh Atanh Digamma
"""
_COMPARISON = """
    Equal NotEqual ApproximateEqual Less LessEqual Greater GreaterEqual LogicalAnd LogicalNot LogicalOr Select SelectV2
    CheckNumerics CheckNumericsV2 Assert
"""
_REDUCTION = """
    All Any ArgMax ArgMin EuclideanNorm Max Mean Min Prod SegmentMax SegmentMean SegmentMin SegmentSum Sum TopKV2
    UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentSum
"""
_LINEAR_ALGEBRA = "BatchMatMul BatchMatMulV2 BatchMatMulV3 Einsum MatMul MatrixBandPart MatrixDiagV3 MatrixSetDiagV3"
_ARRAYS = """
    BatchToSpaceND Bitcast BroadcastArgs BroadcastTo Cast Concat ConcatV2 Const DepthToSpace Diag DiagPart EnsureShape
    ExpandDims Fill Gather GatherNd GatherV2 Identity IdentityN InvertPermutation LinSpace MirrorPad OneHot OnesLike
    Pack Pad PadV2 Placeholder PlaceholderWithDefault PreventGradient Range Rank Reshape Reverse ReverseV2 Roll
    ScatterNd Shape ShapeN Size Slice Snapshot SpaceToBatchND SpaceToDepth Split SplitV Squeeze StopGradient
    StridedSlice TensorScatterAdd TensorScatterUpdate Tile Transpose Unpack Where ZerosLike
"""
_NETWORKS = """
    AvgPool AvgPool3D BatchNormWithGlobalNormalization Conv2D Conv2DBackpropInput Conv3D Conv3DBackpropInputV2
    DepthwiseConv2dNative Elu FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 InTopKV2 LRN LeakyRelu LogSoftmax
    MaxPool MaxPool3D MaxPoolV2 Relu Relu6 Selu Sigmoid Softmax Softplus Softsign
"""
_IMAGES = """
    AdjustContrastv2 AdjustHue AdjustSaturation CropAndResize HSVToRGB RGBToHSV ResizeArea ResizeBicubic
    ResizeBilinear ResizeNearestNeighbor ScaleAndTranslate
"""
# With a seed of their own or one that is an input. None of them reads anything from outside.
_RANDOM = """
    Multinomial RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt StatelessMultinomial
    StatelessRandomGetAlg StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg StatelessRandomNormal
    StatelessRandomNormalV2 StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformFullIntV2
    StatelessRandomUniformInt StatelessRandomUniformIntV2 StatelessRandomUniformV2 StatelessTruncatedNormal
    StatelessTruncatedNormalV2 TruncatedNormal
"""
# Their functions are in the same file and are checked too.
_CONTROL_FLOW = """
    Case ControlTrigger Enter Exit If LoopCond Merge NextIteration NoOp PartitionedCall StatefulPartitionedCall
    StatelessCase StatelessIf StatelessWhile Switch While
"""
_LISTS = """
    EmptyTensorList TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather TensorListGetItem
    TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListResize TensorListSetItem
    TensorListStack
"""
# Of the model's own variables: handles come from the object graph, which is checked, see `object_graph`.
_VARIABLES = """
    AssignAddVariableOp AssignSubVariableOp AssignVariableOp DisableCopyOnRead ReadVariableOp ResourceGather
    ResourceGatherNd VariableShape
"""


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


COMPUTING = _words(
    _ARITHMETIC, _COMPARISON, _REDUCTION, _LINEAR_ALGEBRA, _ARRAYS, _NETWORKS, _IMAGES, _RANDOM, _CONTROL_FLOW, _LISTS,
    _VARIABLES,
)  # fmt: skip
"""Allowed everywhere."""

MAIN_GRAPH = _words("VarHandleOp VarIsInitializedOp")
"""Allowed in the main graph only. In a function, a handle by name could reach the variables of another model."""

SAVER = _words("MergeV2Checkpoints RestoreV2 SaveV2 ShardedFilename StaticRegexFullMatch StringJoin")
"""Allowed in the two functions with which other programs save and restore the model. Nothing else may call those."""

DECODING = _words("DecodeJpeg")
"""Allowed in the frozen graph of the FID network, which begins with it. The part that is run begins after it."""

INITIALISING = _words("AssignVariableOp Const Identity NoOp Placeholder VarHandleOp")
"""All that may come before the model's initialiser."""

SYSTEM_ATTRIBUTES = _words(
    """
    _XlaMustCompile _XlaSeparateCompiledGradients _acd_function_control_output _class _cloned _collective_manager_ids
    _construction_context _disable_acd _disable_call_shape_inference _gradient_op_type _grappler_do_not_remove
    _has_manual_control_dependencies _input_shapes _lower_using_switch_merge _noinline _num_original_outputs
    _output_shapes _parallel_iterations _read_only_resource_inputs _stateful_parallelism _tf_keep_shape
    _user_specified_name _xla_compile_id
    """
)
"""Attributes with a leading underscore: orders to the runtime. Others name kernels, callbacks and shared memory."""

FUNCTION_ATTRIBUTES = SYSTEM_ATTRIBUTES | _words("backward_function_name forward_function_name")
"""Attributes of a function. Not `api_implements`, by which the optimiser puts one function in the place of another."""

CONFIGURATION = _words(
    """
    allow_soft_placement device_count experimental gpu_options graph_options inter_op_parallelism_threads
    intra_op_parallelism_threads isolate_session_state log_device_placement pluggable_device_options
    """
)
"""Fields of the session configuration that a call may carry. Others name other machines."""

USER_OBJECTS = ("_generic_user_object", "signature_map", "trackable_dict_wrapper", "trackable_list_wrapper",
                "trackable_tuple_wrapper", "_tf_keras_")  # fmt: skip
"""Kinds of Python objects, or beginnings of their names, that become empty objects with attributes when loaded."""

REGISTERED_OBJECTS = {"tf.TrackableConstant": "constant"}
"""Registered classes that may be made, and the kind of the object."""
