"""The protocol's own words in Anthropic bodies: schema, not content, so nobody screens them.

Read off the types of the official `anthropic` package (2.12); a test holds the two together.
"""

from __future__ import annotations

KEYS = frozenset(
    """
    active allowed_callers allowed_domains blocked_domains budget_tokens cache_control
    cache_creation cache_creation_input_tokens cache_miss_reason cache_missed_input_tokens
    cache_read_input_tokens caller category citation citations cited_text city
    client_tool_results close_tab configs container content content_block context country
    cursor_position data defer_loading delta description diagnostics
    disable_parallel_tool_use display document_index document_title double_click download_id
    eager_input_streaming effort enabled encrypted_content encrypted_index encrypted_stdout
    end_block_index end_char_index end_page_number ephemeral_1h_input_tokens
    ephemeral_5m_input_tokens error error_code error_message expires_at explanation file_id
    file_type file_upload find form_input format get_page_text hold_key hover id index
    inference_geo input input_examples input_schema input_tokens is_error is_file_update
    javascript_exec key left_click left_click_drag left_mouse_down left_mouse_up lines
    list_tabs max_characters max_content_tokens max_tokens max_uses media_type message
    messages metadata middle_click model mouse_move name navigate new_lines new_start
    new_tab num_lines old_lines old_start output_config output_tokens output_tokens_details
    oversized_image page_age partial_json path previous_message_id properties read_console
    read_network read_page region request_id required response_inclusion retrieved_at
    return_code right_click role schema screenshot scroll scroll_to search_result_index
    server_tool_results server_tool_use service_tier signature size_bytes skill_id skills
    source speed start_block_index start_char_index start_line start_page_number
    state_changes stderr stdout stop_details stop_reason stop_sequence stop_sequences stream
    strict switch_tab system tab_id tabs text thinking thinking_tokens timezone title
    tool_choice tool_id tool_name tool_references tool_use_id tools toolset_name total_lines
    transformations triple_click ttl type url url_sources usage use_cache user_id user_input
    user_location user_profile_id version wait web_fetch_requests web_search_requests
    workspace_id zoom
    """.split()
)

_WORDS = {
    "allowed_callers": """
        code_execution_20250825 code_execution_20260120 code_execution_20260521 direct
    """,
    "category": """
        bio cyber frontier_llm general_harms reasoning_extraction
    """,
    "display": """
        omitted summarized
    """,
    "effort": """
        high low max medium xhigh
    """,
    "error_code": """
        content_too_large execution_time_exceeded file_not_found invalid_tool_input
        max_uses_exceeded output_file_too_large query_too_long request_too_large
        too_many_requests unavailable unsupported_content_type url_not_accessible
        url_not_allowed url_not_in_prior_context url_too_long
    """,
    "file_type": """
        image pdf text
    """,
    "media_type": """
        application/pdf image/gif image/jpeg image/png image/webp text/plain
    """,
    "model": """
        claude-fable-5 claude-fable-5-1 claude-fable-5-2 claude-haiku-4-5
        claude-haiku-4-5-20251001 claude-haiku-5-5 claude-mythos-5 claude-mythos-5-1
        claude-mythos-5-2 claude-mythos-preview claude-opus-4-5 claude-opus-4-5-20251101
        claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-opus-5-5
        claude-sonnet-4-5 claude-sonnet-4-5-20250929 claude-sonnet-4-6 claude-sonnet-5
        claude-sonnet-5-5
    """,
    "name": """
        bash bash_code_execution code_execution memory str_replace_based_edit_tool
        str_replace_editor text_editor_code_execution tool_search_tool_bm25
        tool_search_tool_regex web_fetch web_search
    """,
    "oversized_image": """
        downsize error
    """,
    "response_inclusion": """
        excluded full
    """,
    "role": """
        assistant system user
    """,
    "service_tier": """
        auto batch priority standard standard_only
    """,
    "speed": """
        fast standard
    """,
    "stop_reason": """
        end_turn max_tokens model_context_window_exceeded pause_turn refusal
        stop_sequence tool_use
    """,
    "ttl": """
        1h 5m
    """,
    "type": """
        adaptive all anthropic any approximate auto base64 bash_20250124
        bash_code_execution_output bash_code_execution_result
        bash_code_execution_tool_result bash_code_execution_tool_result_error
        between_tools browser_state browser_toolset_20260801 char_location
        citations_delta code_execution_20250522 code_execution_20250825
        code_execution_20260120 code_execution_20260521 code_execution_output
        code_execution_result code_execution_tool_result
        code_execution_tool_result_error computer_toolset_20260801 container_upload
        content content_block_delta content_block_location content_block_start
        content_block_stop custom direct disabled document download_completed
        download_failed download_started enabled encrypted_code_execution_result
        ephemeral except file image input_json_delta json_schema memory_20250818 message
        message_delta message_start message_stop messages_changed model_changed none
        object only page_location previous_message_not_found redacted_thinking refusal
        search_result search_result_location server_tool_use signature_delta
        system_changed tab_opened text text_delta text_editor_20250124
        text_editor_20250429 text_editor_20250728
        text_editor_code_execution_create_result
        text_editor_code_execution_str_replace_result
        text_editor_code_execution_tool_result
        text_editor_code_execution_tool_result_error
        text_editor_code_execution_view_result thinking thinking_delta tool
        tool_reference tool_result tool_search_tool_bm25 tool_search_tool_bm25_20251119
        tool_search_tool_regex tool_search_tool_regex_20251119 tool_search_tool_result
        tool_search_tool_result_error tool_search_tool_search_result tool_use
        tools_changed unavailable url web_fetch_20250910 web_fetch_20260209
        web_fetch_20260309 web_fetch_20260318 web_fetch_result web_fetch_tool_result
        web_fetch_tool_result_error web_search_20250305 web_search_20260209
        web_search_20260318 web_search_result web_search_result_location
        web_search_tool_result web_search_tool_result_error
    """,
}
VALUES = frozenset((key, word) for key, words in _WORDS.items() for word in words.split())
"""(key, value) pairs that are grammar rather than speech."""
